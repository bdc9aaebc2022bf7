//! How a change of a unit is shared by its keys.

use super::super::timeline::State;
use crate::money::split;

/// What a key has before and after, and its part of the change; the rest of its own change is transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::revenue) struct Share {
    pub(in crate::revenue) key: u32,
    pub(in crate::revenue) before: i128,
    pub(in crate::revenue) after: i128,
    pub(in crate::revenue) moved: i128,
}

/// The keys of two states in one currency, in order.
///
/// The change of the unit goes to the keys that moved its way, in proportion to how much they did, by largest remainder. What
/// keys moved beyond it, one up and one down, is transfer and sums to nothing.
pub(in crate::revenue) fn shares(before: &State, after: &State, order: &[u32]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::with_capacity(before.cells.len().max(after.cells.len()));
    let mut at = |key: u32, before: i128, after: i128| match shares.iter_mut().find(|share| share.key == key) {
        Some(share) => {
            share.before += before;
            share.after += after;
        }
        None => shares.push(Share { key, before, after, moved: 0 }),
    };
    before.cells.iter().for_each(|cell| at(cell.key, cell.minor, 0));
    after.cells.iter().for_each(|cell| at(cell.key, 0, cell.minor));
    if let [share] = &mut shares[..] {
        share.moved = share.after - share.before;
        return shares;
    }
    shares.sort_by_key(|share| order.get(share.key as usize).copied().unwrap_or(share.key));
    let change: i128 = shares.iter().map(|share| share.after - share.before).sum();
    if change != 0 {
        let way = |share: &Share| ((share.after - share.before) * change.signum()).max(0);
        let weights: Vec<i128> = shares.iter().map(way).collect();
        if let Some(parts) = split(change, &weights) {
            shares.iter_mut().zip(parts).for_each(|(share, part)| share.moved = part);
        }
    }
    shares
}
