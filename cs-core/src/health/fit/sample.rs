//! The values of one curve in a book, and their ranks.

use crate::error::{Code, Issue};
use crate::health::curve::DEFAULT;
use crate::table::{Column, Values};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

/// The most knots of one segment.
const MOST_KNOTS: usize = 101;

/// The most segments of one curve.
const MOST_SEGMENTS: usize = 1000;

/// What a curve is fitted to: values, each with the number of its segment.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Segments by name; 0 is for accounts that are in none.
    segments: HashMap<Vec<u8>, u32>,
    values: Vec<(u32, f64)>,
    /// The name at hand.
    name: Vec<u8>,
}

impl Sample {
    /// Adds a value; `row` tells its segment.
    pub(super) fn push(&mut self, value: f64, segment: Option<(&Column<'_>, usize)>) {
        let segment = segment.map_or(0, |(column, row)| self.segment(column, row));
        // The two zeros are one value.
        self.values.push((segment, value + 0.0));
    }

    fn segment(&mut self, column: &Column<'_>, row: usize) -> u32 {
        self.name.clear();
        if !write_segment(column, row, &mut self.name) || self.name == DEFAULT.as_bytes() {
            return 0;
        }
        if let Some(known) = self.segments.get(&self.name) {
            return *known;
        }
        let number = self.segments.len() as u32 + 1;
        self.segments.insert(self.name.clone(), number);
        number
    }

    /// The knots of each segment that has any, and of all values together.
    ///
    /// # Errors
    /// `too_few_values`, `too_many_entries`.
    pub(super) fn fitted(self) -> Result<BTreeMap<String, Vec<[f64; 2]>>, Box<Issue>> {
        if self.segments.len() > MOST_SEGMENTS {
            let issue = Issue::new(Code::TooManyEntries).value(format!("{} segments", self.segments.len()));
            return Err(Box::new(issue.expected(format!("at most {MOST_SEGMENTS}"))));
        }
        let Self { segments, mut values, .. } = self;
        let all = knots(&mut values.iter().map(|(_, value)| *value).collect::<Vec<_>>());
        if all.len() < 2 {
            let issue = Issue::new(Code::TooFewValues).value(format!("{} distinct", all.len()));
            return Err(Box::new(issue.expected("at least 2 distinct values")));
        }
        values.sort_unstable_by_key(|(segment, _)| *segment);
        let of_segment = |number: u32| {
            let own = values.partition_point(|(segment, _)| *segment < number)
                ..values.partition_point(|(segment, _)| *segment <= number);
            knots(&mut values[own].iter().map(|(_, value)| *value).collect::<Vec<_>>())
        };
        let mut fitted: BTreeMap<String, Vec<[f64; 2]>> = segments
            .iter()
            .map(|(name, number)| (String::from_utf8_lossy(name).into_owned(), of_segment(*number)))
            .filter(|(_, knots)| knots.len() > 1)
            .collect();
        fitted.insert(DEFAULT.to_owned(), all);
        Ok(fitted)
    }
}

/// Writes the segment of a row as scoring names it; says whether there is one.
fn write_segment(column: &Column<'_>, row: usize, name: &mut Vec<u8>) -> bool {
    match column.values() {
        // Whole numbers only: other floats name no category.
        Values::F64(_) | Values::F32(_) => match column.number(row) {
            Some(x) if x.is_finite() && x.trunc() == x => write!(name, "{}", x as i128).is_ok(),
            _ => false,
        },
        _ => column.write(row, name),
    }
}

/// `[value, mid-rank]` of the distinct values; of very many only some.
fn knots(values: &mut [f64]) -> Vec<[f64; 2]> {
    values.sort_unstable_by(f64::total_cmp);
    let all = values.len() as f64;
    let mut below = 0.0;
    let mut knots = Vec::new();
    for equal in values.chunk_by(|a, b| a == b) {
        let count = equal.len() as f64;
        knots.push([equal[0], (below + count / 2.0) / all]);
        below += count;
    }
    thinned(knots)
}

fn thinned(knots: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    if knots.len() <= MOST_KNOTS {
        return knots;
    }
    let steps = MOST_KNOTS - 1;
    (0..=steps).map(|step| knots[step * (knots.len() - 1) / steps]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        let mut sample = Sample::default();
        values.iter().for_each(|x| sample.push(*x, None));
        sample
    }

    #[test]
    fn equal_values_share_the_middle_of_their_ranks() {
        // Of five: one below 3 and two equal, (1 + 2/2) / 5.
        let fitted = sample(&[9.0, 3.0, 1.0, 3.0, 4.0]).fitted().unwrap();
        assert_eq!(fitted[DEFAULT], [[1.0, 0.1], [3.0, 0.4], [4.0, 0.7], [9.0, 0.9]]);
        assert_eq!(sample(&[0.0, -0.0, 1.0, -0.0]).fitted().unwrap()[DEFAULT], [[0.0, 0.375], [1.0, 0.875]]);
    }

    #[test]
    fn one_value_has_no_rank() {
        for (values, distinct) in [(&[][..], "0 distinct"), (&[7.0, 7.0][..], "1 distinct")] {
            let issue = sample(values).fitted().unwrap_err();
            assert_eq!((issue.code, issue.context.value.as_deref()), (Code::TooFewValues, Some(distinct)));
        }
    }

    #[test]
    fn very_many_values_get_a_knot_at_even_places() {
        let exact: Vec<f64> = (0..101).map(f64::from).collect();
        assert_eq!(sample(&exact).fitted().unwrap()[DEFAULT].len(), 101);
        // 201 values: every second one; the value k has k below it.
        let values: Vec<f64> = (0..201).rev().map(f64::from).collect();
        let fitted = sample(&values).fitted().unwrap();
        let expected: Vec<[f64; 2]> = (0..=100).map(|k| f64::from(2 * k)).map(|x| [x, (x + 0.5) / 201.0]).collect();
        assert_eq!(fitted[DEFAULT], expected);
        let values: Vec<f64> = (0..102).map(f64::from).collect();
        let fitted = &sample(&values).fitted().unwrap()[DEFAULT];
        assert_eq!((fitted.len(), fitted[0][0], fitted[100][0]), (101, 0.0, 101.0));
        assert!(fitted.windows(2).all(|pair| pair[0][0] < pair[1][0]));
    }

    #[test]
    fn segments_are_named_as_scoring_names_them() {
        let floats = [3.0, 2.5, f64::NAN, -0.0, 1e23];
        let (ints, texts) = ([3i64, -1], ["pro", "default", ""]);
        let name = |column: Column<'_>, row| {
            let mut name = Vec::new();
            write_segment(&column, row, &mut name).then(|| String::from_utf8(name).unwrap())
        };
        let of_floats: Vec<_> = (0..5).map(|row| name(floats[..].into(), row)).collect();
        let large = (1e23f64 as i128).to_string();
        assert_eq!(of_floats, [Some("3".to_owned()), None, None, Some("0".to_owned()), Some(large)]);
        assert_eq!(name(ints[..].into(), 1).as_deref(), Some("-1"));
        assert_eq!(name(texts[..].into(), 2).as_deref(), Some(""));
    }

    #[test]
    fn segments_have_ranks_of_their_own_if_they_can() {
        let mut all = Sample::default();
        let texts = ["pro", "pro", "free", "default", "free"];
        let column = Column::from(&texts[..]);
        [5.0, 9.0, 1.0, 7.0, 1.0].iter().enumerate().for_each(|(row, x)| all.push(*x, Some((&column, row))));
        let fitted = all.fitted().unwrap();
        assert_eq!(fitted.keys().collect::<Vec<_>>(), ["default", "pro"], "free has one value only");
        assert_eq!(fitted["pro"], [[5.0, 0.25], [9.0, 0.75]]);
        assert_eq!(fitted["default"], [[1.0, 0.2], [5.0, 0.5], [7.0, 0.7], [9.0, 0.9]]);
    }

    #[test]
    fn a_thousand_segments_are_enough() {
        let ids: Vec<i64> = (0..1001).collect();
        let column = Column::from(&ids[..]);
        let take = |rows: usize| {
            let mut sample = Sample::default();
            (0..rows).for_each(|row| sample.push(row as f64, Some((&column, row))));
            sample.fitted()
        };
        assert_eq!(take(1000).unwrap().len(), 1);
        let issue = take(1001).unwrap_err();
        assert_eq!((issue.code, issue.context.value.as_deref()), (Code::TooManyEntries, Some("1001 segments")));
    }
}
