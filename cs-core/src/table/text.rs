//! Text columns in the layouts that frames use.

/// Texts as bytes in UTF-8, borrowed in one of the common layouts.
///
/// Texts are compared as bytes and turned into `str` only for messages, so nothing here can fail:
/// an offset that points outside its buffer reads as an empty text.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Text<'a> {
    /// Borrowed strings.
    Strs(&'a [&'a str]),
    /// Owned strings.
    Strings(&'a [String]),
    /// Arrow `utf8`: `offsets` has one entry more than there are texts.
    Offsets32 {
        /// Start of each text in `bytes`, and the end of the last.
        offsets: &'a [i32],
        /// All texts one after another.
        bytes: &'a [u8],
    },
    /// Arrow `large_utf8`.
    Offsets64 {
        /// Start of each text in `bytes`, and the end of the last.
        offsets: &'a [i64],
        /// All texts one after another.
        bytes: &'a [u8],
    },
    /// Arrow `utf8_view`: up to 12 bytes within the view, longer texts in `buffers`.
    Views {
        /// One 16-byte view per text: its length, then its bytes or prefix, buffer and place.
        views: &'a [[u8; 16]],
        /// The buffers that long texts point into.
        buffers: &'a [&'a [u8]],
    },
}

impl<'a> Text<'a> {
    /// The number of texts.
    pub fn len(&self) -> usize {
        match self {
            Self::Strs(texts) => texts.len(),
            Self::Strings(texts) => texts.len(),
            Self::Offsets32 { offsets, .. } => offsets.len().saturating_sub(1),
            Self::Offsets64 { offsets, .. } => offsets.len().saturating_sub(1),
            Self::Views { views, .. } => views.len(),
        }
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of text `index`; empty beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> &'a [u8] {
        match *self {
            Self::Strs(texts) => texts.get(index).map_or(&[], |text| text.as_bytes()),
            Self::Strings(texts) => texts.get(index).map_or(&[], |text| text.as_bytes()),
            Self::Offsets32 { offsets, bytes } => match offsets.get(index..index + 2) {
                Some(&[from, to]) => slice(bytes, i64::from(from), i64::from(to)),
                _ => &[],
            },
            Self::Offsets64 { offsets, bytes } => match offsets.get(index..index + 2) {
                Some(&[from, to]) => slice(bytes, from, to),
                _ => &[],
            },
            Self::Views { views, buffers } => views.get(index).map_or(&[], |view| view_bytes(view, buffers)),
        }
    }

    /// Text `index` for a message; bytes that are not UTF-8 are replaced.
    pub fn display(&self, index: usize) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.get(index))
    }
}

#[inline]
fn slice(bytes: &[u8], from: i64, to: i64) -> &[u8] {
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) => bytes.get(from..to).unwrap_or(&[]),
        _ => &[],
    }
}

#[inline]
fn view_bytes<'a>(view: &'a [u8; 16], buffers: &'a [&'a [u8]]) -> &'a [u8] {
    let word = |at: usize| u32::from_le_bytes([view[at], view[at + 1], view[at + 2], view[at + 3]]) as usize;
    let len = word(0);
    if len <= 12 {
        return &view[4..4 + len];
    }
    let from = word(12);
    buffers.get(word(8)).and_then(|bytes| bytes.get(from..from + len)).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The view of a text, as Arrow lays it out.
    fn view(text: &[u8], buffer: u32, from: u32) -> [u8; 16] {
        let mut view = [0; 16];
        view[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
        if text.len() <= 12 {
            view[4..4 + text.len()].copy_from_slice(text);
        } else {
            view[4..8].copy_from_slice(&text[..4]);
            view[8..12].copy_from_slice(&buffer.to_le_bytes());
            view[12..].copy_from_slice(&from.to_le_bytes());
        }
        view
    }

    #[test]
    fn every_layout_reads_the_same_texts() {
        let texts = ["", "a", "twelve bytes", "thirteen byte", "été"];
        let joined = texts.concat();
        let ends: Vec<i64> = texts
            .iter()
            .scan(0, |end, text| {
                *end += text.len() as i64;
                Some(*end)
            })
            .collect();
        let offsets: Vec<i64> = std::iter::once(0).chain(ends).collect();
        let offsets32: Vec<i32> = offsets.iter().map(|&o| o as i32).collect();
        let views: Vec<[u8; 16]> =
            texts.iter().zip(&offsets).map(|(text, &from)| view(text.as_bytes(), 0, from as u32)).collect();
        let owned: Vec<String> = texts.iter().map(ToString::to_string).collect();
        for layout in [
            Text::Strs(&texts),
            Text::Strings(&owned),
            Text::Offsets32 { offsets: &offsets32, bytes: joined.as_bytes() },
            Text::Offsets64 { offsets: &offsets, bytes: joined.as_bytes() },
            Text::Views { views: &views, buffers: &[joined.as_bytes()] },
        ] {
            assert_eq!(layout.len(), texts.len());
            for (i, text) in texts.iter().enumerate() {
                assert_eq!(layout.get(i), text.as_bytes());
            }
            assert_eq!(layout.get(99), b"");
        }
    }

    #[test]
    fn views_that_point_nowhere_are_empty() {
        let bad = [view(b"thirteen byte", 7, 0), view(b"thirteen byte", 0, 4_000_000)];
        let text = Text::Views { views: &bad, buffers: &[b"x"] };
        assert_eq!([text.get(0), text.get(1)], [b"", b""]);
    }
}
