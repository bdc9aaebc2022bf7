//! The inputs that fuzzing keeps, through the same checks as in the fuzz targets.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod checks;

/// Checks every file of a folder of the corpus.
fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus of {target}");
    for file in files {
        // What fails is named by what the test prints last.
        println!("{}", file.display());
        check(&std::fs::read(file).unwrap());
    }
}

#[test]
fn documents() {
    replay("document", checks::document);
}

#[test]
fn structured_cards_and_tables() {
    replay("structured", checks::structured);
}

#[test]
fn raw_tables() {
    replay("table", checks::table);
}

#[test]
fn operations() {
    replay("operations", checks::operations);
}
