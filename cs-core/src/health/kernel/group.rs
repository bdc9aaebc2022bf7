//! Several plain items in one pass over the rows.
//!
//! The operations are those of `Compiled::apply` and `add` in the same order, so the bits are the same;
//! but several columns stream in at once, and the sums stay in registers.

use super::{Block, Faults, Inputs, Level, Run, Scratch, fail, source};
use crate::health::compile::{ItemPlan, LARGEST_GROUP, MOST_LINES, Plan};
use crate::health::curve::{Compiled, Segment};
use std::ops::Range;

/// An item as the pass needs it.
#[derive(Clone, Copy)]
struct Lines<const K: usize> {
    start: f64,
    segments: [Segment; K],
    weight: f64,
}

impl<const K: usize> Lines<K> {
    /// The item's lines, filled up with segments that rise by nothing.
    #[inline(always)]
    fn new(item: &ItemPlan) -> Self {
        let (start, segments) = lines(item);
        let mut all = [Segment::LEVEL; K];
        all.iter_mut().zip(segments).for_each(|(to, from)| *to = *from);
        Self { start, segments: all, weight: item.weight }
    }
}

#[inline(always)]
fn lines(item: &ItemPlan) -> (f64, &[Segment]) {
    match &item.curve {
        Compiled::Lines { start, segments } => (*start, segments),
        _ => (0.0, &[]), // never: only items of lines are grouped
    }
}

/// Adds the items of a group to their dimension.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // they are the kernel's state; a struct would only rename them
pub(super) fn add<I: Inputs>(
    plan: &Plan,
    indices: Range<usize>,
    level: usize,
    inputs: &I,
    block: Block,
    run: Run,
    scratch: &mut Scratch,
    faults: &mut Faults,
) {
    let items = &plan.items[indices.clone()];
    let Scratch { group, levels, marks, .. } = scratch;
    let mut values: [&[f64]; LARGEST_GROUP] = [&[]; LARGEST_GROUP];
    for ((values, item), buffer) in values.iter_mut().zip(items).zip(group) {
        *values = match source::plain(item, inputs, block) {
            Some(column) => column,
            None => {
                let buffer = &mut buffer[..block.rows];
                source::fill(item, inputs, block, run, plan.scale, buffer);
                buffer
            }
        };
    }
    let longest = items.iter().map(|item| lines(item).1.len()).max().unwrap_or(0);
    let level = &mut levels[level];
    let any_infinite = match longest {
        0..=1 => of_lines::<1>(level, items, &values),
        2 => of_lines::<2>(level, items, &values),
        3 => of_lines::<3>(level, items, &values),
        _ => of_lines::<MOST_LINES>(level, items, &values),
    };
    if any_infinite {
        for ((index, item), values) in indices.zip(items).zip(values) {
            fail(item, index, inputs, block, run, plan.scale, values, marks, faults);
        }
    }
}

#[inline(always)]
fn of_lines<const K: usize>(level: &mut Level, items: &[ItemPlan], values: &[&[f64]; LARGEST_GROUP]) -> bool {
    match (items, values) {
        ([a], [x, ..]) => pass(level, [a].map(Lines::<K>::new), [x]),
        ([a, b], [x, y, ..]) => pass(level, [a, b].map(Lines::<K>::new), [x, y]),
        ([a, b, c], [x, y, z, ..]) => pass(level, [a, b, c].map(Lines::<K>::new), [x, y, z]),
        ([a, b, c, d], [x, y, z, u, _]) => pass(level, [a, b, c, d].map(Lines::<K>::new), [x, y, z, u]),
        ([a, b, c, d, e], [x, y, z, u, v]) => pass(level, [a, b, c, d, e].map(Lines::<K>::new), [x, y, z, u, v]),
        _ => false, // never: groups have one to five items
    }
}

/// Adds the points of N items; says whether a value was infinite.
#[inline(always)]
fn pass<const N: usize, const K: usize>(level: &mut Level, items: [Lines<K>; N], values: [&[f64]; N]) -> bool {
    let rows = values[0].len();
    let values = values.map(|values| &values[..rows]);
    let (sums, scored) = (&mut level.sum[..rows], &mut level.scored[..rows]);
    let mut any_infinite = 0;
    for row in 0..rows {
        let (mut sum, mut weight) = (sums[row], scored[row]);
        for (item, values) in items.iter().zip(values) {
            let x = values[row];
            let points = item.segments.iter().fold(item.start, |points, segment| points + segment.rise(x));
            let has = all_ones(!x.is_nan());
            sum += masked(item.weight * points, has);
            weight += masked(item.weight, has);
            any_infinite |= all_ones(x.abs().to_bits() == f64::INFINITY.to_bits());
        }
        sums[row] = sum;
        scored[row] = weight;
    }
    any_infinite != 0
}

/// A truth as the mask that vector comparisons give, so that the compiler keeps it one.
#[inline(always)]
fn all_ones(truth: bool) -> u64 {
    if truth { u64::MAX } else { 0 }
}

/// The number where the mask is set, else 0.
#[inline(always)]
fn masked(x: f64, mask: u64) -> f64 {
    f64::from_bits(x.to_bits() & mask)
}
