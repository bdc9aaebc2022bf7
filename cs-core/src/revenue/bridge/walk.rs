//! Through the periods of a book, unit by unit.

use super::super::book::Book;
use super::super::document::{FreeAccounts, Netting, Policy, RoundAt};
use super::super::options::{PeriodOptions, cut};
use super::super::timeline::{Cell, State, Timelines, add};
use super::label::{Around, Label, label};
use crate::calendar::{Date, Period};
use crate::error::{Code, Issue, Result};
use std::ops::Range;

/// The periods of a book, from its first day on, and which of them are shown.
#[derive(Debug, Clone)]
pub(in crate::revenue) struct Grid {
    periods: Vec<Period>,
    shown: Range<usize>,
    /// The period that is opening only.
    first: Option<usize>,
}

impl Grid {
    /// # Errors
    /// `too_many_entries`, `date_out_of_range`, `invalid_period`.
    pub(in crate::revenue) fn new(policy: &Policy, book: &Book, options: &PeriodOptions) -> Result<Self> {
        let empty = book.lines.is_empty();
        let (from, to) = (options.from.map(Date::days), options.to.map(Date::days));
        let horizon = if empty && book.horizon == 0 { to.unwrap_or(0) } else { book.horizon };
        let start = if empty { from.unwrap_or(horizon) } else { book.history_start };
        let mut grid = Self::spanning(policy, start, horizon, options)?;
        grid.first = grid.first.filter(|_| !empty);
        Ok(grid)
    }

    /// A grid of a book that begins on one day and ends before another.
    ///
    /// # Errors
    /// As [`Grid::new`].
    pub(in crate::revenue) fn spanning(
        policy: &Policy,
        start: i32,
        horizon: i32,
        options: &PeriodOptions,
    ) -> Result<Self> {
        let (from, to) = (options.from.map(Date::days), options.to.map(Date::days));
        let begin = from.map_or(start, |from| from.min(start));
        if begin >= horizon {
            return Ok(Self { periods: Vec::new(), shown: 0..0, first: None });
        }
        let all = policy.calendar.periods(options.kind, Date::from_days(begin), Date::from_days(horizon))?;
        let periods = cut(all, horizon);
        // Shown are those that hold a day from `from` to before `to`.
        let lower = from.map_or(0, |from| periods.partition_point(|period| period.to.days() <= from));
        let upper = to.map_or(periods.len(), |to| periods.partition_point(|period| period.from.days() < to));
        // Data before its own first day is not known, unless it is asked for.
        let holds = |period: &Period| (period.from.days()..period.to.days()).contains(&start);
        let first = periods.iter().position(holds).filter(|_| !policy.history_complete);
        Ok(Self { shown: lower..upper.max(lower), periods, first })
    }

    /// A grid of these periods, one after another.
    pub(in crate::revenue) fn of(policy: &Policy, book: &Book, periods: Vec<Period>) -> Self {
        let holds = |period: &Period| (period.from.days()..period.to.days()).contains(&book.history_start);
        let first = periods.iter().position(holds).filter(|_| !policy.history_complete);
        Self { shown: 0..periods.len(), periods, first }
    }

    /// The same with the day from which on there is data.
    pub(in crate::revenue) fn starting(mut self, policy: &Policy, start: Option<Date>) -> Self {
        let holds = |period: &Period| start.is_some_and(|start| (period.from..period.to).contains(&start));
        self.first = self.periods.iter().position(holds).filter(|_| !policy.history_complete);
        self
    }

    /// The periods that a table shows.
    pub(in crate::revenue) fn shown(&self) -> &[Period] {
        self.periods.get(self.shown.clone()).unwrap_or_default()
    }

    /// All periods, from the first day of the data on.
    pub(in crate::revenue) fn all(&self) -> &[Period] {
        &self.periods
    }

    /// The place of the period that has no movements, for want of a time before it.
    pub(in crate::revenue) fn opening_only(&self) -> Option<usize> {
        self.first.and_then(|first| self.place(first))
    }

    /// The place of a period among those that are shown.
    pub(in crate::revenue) fn place(&self, period: usize) -> Option<usize> {
        self.shown.contains(&period).then(|| period - self.shown.start)
    }

    /// The last day before each period, and the last day of the last one.
    pub(in crate::revenue) fn edges(&self) -> Vec<i32> {
        let last = self.periods.last().map(|period| period.to.days() - 1);
        self.periods.iter().map(|period| period.from.days() - 1).chain(last).collect()
    }
}

/// One movement of a customer.
#[derive(Debug)]
pub(in crate::revenue) struct Movement<'s> {
    /// The units that are one customer.
    pub(in crate::revenue) units: &'s [u32],
    pub(in crate::revenue) period: usize,
    pub(in crate::revenue) label: Label,
    pub(in crate::revenue) before: &'s State,
    pub(in crate::revenue) after: &'s State,
    /// The change happened after the first of these days, and no later than on the second.
    pub(in crate::revenue) days: (i32, i32),
}

/// What takes in the periods and movements of customers.
pub(in crate::revenue) trait Sink {
    /// A customer at the edges of a period.
    ///
    /// # Errors
    /// Those of converting.
    fn period(&mut self, units: &[u32], period: usize, opening: &State, closing: &State) -> Result<()>;

    /// A movement within a period.
    ///
    /// # Errors
    /// Those of converting.
    fn movement(&mut self, movement: &Movement<'_>) -> Result<()>;
}

/// Units that are or become one customer, each with the day from which on it is part of the last.
pub(in crate::revenue) fn clusters(book: &Book) -> Vec<Vec<u32>> {
    let mut root: Vec<u32> = (0..book.units.len() as u32).collect();
    for (from, to, _) in &book.merges {
        root[*from as usize] = *to;
    }
    if book.merges.is_empty() {
        return root.into_iter().map(|unit| vec![unit]).collect();
    }
    let end = |mut unit: u32| {
        while root[unit as usize] != unit {
            unit = root[unit as usize];
        }
        unit
    };
    let mut clusters: Vec<Vec<u32>> = vec![Vec::new(); root.len()];
    for unit in 0..root.len() as u32 {
        clusters[end(unit) as usize].push(unit);
    }
    clusters.retain(|cluster| !cluster.is_empty());
    clusters
}

/// Walks a book through a grid.
pub(in crate::revenue) struct Walk<'a> {
    pub(in crate::revenue) timelines: Timelines<'a>,
    grid: &'a Grid,
    edges: Vec<i32>,
}

impl<'a> Walk<'a> {
    /// # Errors
    /// `unsupported_option` where the whole book is rounded and movements are netted by less than a period;
    /// `amount_too_large`.
    pub(in crate::revenue) fn new(policy: &'a Policy, book: &'a Book, grid: &'a Grid) -> Result<Self> {
        if policy.rounding.at == RoundAt::Total && policy.netting != Netting::Period {
            let issue = Issue::new(Code::UnsupportedOption).path("rounding.at").value("total");
            return Err(issue.expected("`netting: period`, where the whole book is rounded").into());
        }
        if policy.netting == Netting::None && (book.exact.is_some() || policy.free_accounts == FreeAccounts::Count) {
            // A line alone has no part in a sum that is rounded, and nothing that is free moves.
            let issue = Issue::new(Code::UnsupportedOption).path("netting").value("none");
            return Err(issue
                .expected("`rounding.at: line` and `free_accounts: exclude`, where nothing is netted")
                .into());
        }
        let edges = grid.edges();
        Ok(Self { timelines: Timelines::new(policy, book, &edges)?, grid, edges })
    }

    /// Tells a sink of all customers.
    ///
    /// # Errors
    /// Those of the sink.
    pub(in crate::revenue) fn tell(&self, sink: &mut impl Sink) -> Result<()> {
        clusters(self.timelines.book).iter().try_for_each(|cluster| self.tell_cluster(cluster, sink))
    }

    fn tell_cluster(&self, cluster: &[u32], sink: &mut impl Sink) -> Result<()> {
        let states: Vec<Vec<State>> =
            cluster.iter().map(|unit| self.edges.iter().map(|day| self.timelines.at(*unit, *day)).collect()).collect();
        let spans: Vec<Vec<(i32, i32)>> = cluster.iter().map(|unit| self.timelines.spans(*unit)).collect();
        for period in 0..self.grid.periods.len() {
            let Some(&[open_day, close_day]) = self.edges.get(period..period + 2) else { continue };
            for group in groups(self.timelines.book, cluster, close_day) {
                let units: Vec<u32> = group.iter().map(|member| cluster[*member]).collect();
                let sum = |edge: usize| match group[..] {
                    [one] => states[one][edge].clone(),
                    _ => group.iter().fold(State::default(), |sum, member| sum.plus(&states[*member][edge])),
                };
                let (before, after) = (sum(period), sum(period + 1));
                if self.grid.first == Some(period) {
                    sink.period(&units, period, &after, &after)?;
                    continue;
                }
                if before.cells.is_empty() && after.cells.is_empty() && self.timelines.policy.netting == Netting::Period
                {
                    continue;
                }
                sink.period(&units, period, &before, &after)?;
                let own: Vec<&[(i32, i32)]> = group.iter().map(|member| spans[*member].as_slice()).collect();
                self.tell_movements(&units, period, (open_day, &before), (close_day, &after), &own, sink)?;
            }
        }
        Ok(())
    }

    fn tell_movements(
        &self,
        units: &[u32],
        period: usize,
        (open_day, before): (i32, &State),
        (close_day, after): (i32, &State),
        spans: &[&[(i32, i32)]],
        sink: &mut impl Sink,
    ) -> Result<()> {
        match self.timelines.policy.netting {
            Netting::Period => self.step(units, period, (open_day, before), (close_day, after), spans, sink),
            Netting::Day => {
                let mut known = before.clone();
                for day in self.days(units, open_day, close_day) {
                    let next = units
                        .iter()
                        .map(|unit| self.timelines.at(*unit, day))
                        .fold(State::default(), |a, b| a.plus(&b));
                    self.step(units, period, (day - 1, &known), (day, &next), spans, sink)?;
                    known = next;
                }
                Ok(())
            }
            Netting::None => self.each_line(units, period, open_day, close_day, sink),
        }
    }

    /// The days after one and up to another on which something changes.
    fn days(&self, units: &[u32], after: i32, up_to: i32) -> Vec<i32> {
        let mut days: Vec<i32> = units.iter().flat_map(|unit| self.timelines.changes(*unit)).collect();
        days.retain(|day| (after + 1..=up_to).contains(day));
        days.sort_unstable();
        days.dedup();
        days
    }

    /// One step, with the gaps that the live days of the customer show.
    fn step(
        &self,
        units: &[u32],
        period: usize,
        (open_day, before): (i32, &State),
        (close_day, after): (i32, &State),
        spans: &[&[(i32, i32)]],
        sink: &mut impl Sink,
    ) -> Result<()> {
        let all = || spans.iter().flat_map(|spans| spans.iter().copied());
        let around = match (before.live, after.live) {
            (false, true) => Around {
                gone: all().filter(|(start, _)| *start <= open_day).map(|(_, end)| end).max(),
                back: all().filter(|(start, end)| (*start..*end).contains(&close_day)).map(|(start, _)| start).min(),
            },
            (true, false) => {
                let gone = all().filter(|(start, end)| (*start..*end).contains(&open_day)).map(|(_, end)| end).max();
                Around { gone, back: all().map(|(start, _)| start).filter(|start| *start > close_day).min() }
            }
            _ => Around::default(),
        };
        self.tell_step(units, period, (before, after), around, (open_day, close_day), sink)
    }

    fn tell_step(
        &self,
        units: &[u32],
        period: usize,
        (before, after): (&State, &State),
        around: Around,
        days: (i32, i32),
        sink: &mut impl Sink,
    ) -> Result<()> {
        let change = after.total() - before.total();
        let Some(label) = label(self.timelines.policy, before, after, change, around) else {
            // Nothing moved but between keys.
            if before.cells != after.cells {
                let label = Label::Expansion;
                sink.movement(&Movement { units, period, label, before, after, days })?;
            }
            return Ok(());
        };
        sink.movement(&Movement { units, period, label, before, after, days })
    }

    /// Each line that ends or starts for itself: on a day those that end first, in the order of rows.
    fn each_line(
        &self,
        units: &[u32],
        period: usize,
        open_day: i32,
        close_day: i32,
        sink: &mut impl Sink,
    ) -> Result<()> {
        let lines: Vec<_> = units.iter().flat_map(|unit| self.timelines.book.lines_of(*unit)).copied().collect();
        let horizon = self.timelines.book.horizon;
        let mut events: Vec<(i32, bool, u32, Cell)> = Vec::with_capacity(2 * lines.len());
        for line in &lines {
            let cell = |minor| Cell { currency: line.currency, key: line.key, minor };
            events.push((line.start, true, line.row, cell(i128::from(line.minor))));
            if line.end < horizon {
                events.push((line.end, false, line.row, cell(-i128::from(line.minor))));
            }
        }
        events.sort_by_key(|(day, starts, row, _)| (*day, *starts, *row));
        // Live or not after each event, so that the return can be looked up.
        let mut known = State::default();
        let mut states = Vec::with_capacity(events.len());
        for (_, _, _, cell) in &events {
            let mut cells = known.cells.clone();
            add(&mut cells, *cell);
            cells.retain(|cell| cell.minor != 0);
            let live = cells.iter().map(|cell| cell.minor).sum::<i128>() > 0;
            known = State { cells, live };
            states.push(known.clone());
        }
        let mut gone: Option<i32> = None;
        let mut last = State::default();
        for (place, (day, _, _, _)) in events.iter().enumerate() {
            let next = &states[place];
            let mut around = Around { gone, back: Some(*day) };
            if last.live && !next.live {
                let back =
                    states.iter().zip(&events).skip(place + 1).find(|(state, _)| state.live).map(|(_, event)| event.0);
                gone = Some(*day);
                around = Around { gone, back };
            }
            if *day > open_day && *day <= close_day {
                self.tell_step(units, period, (&last, next), around, (*day - 1, *day), sink)?;
            }
            last = next.clone();
        }
        Ok(())
    }
}

/// Which members of a cluster are one customer by a day.
pub(in crate::revenue) fn groups(book: &Book, cluster: &[u32], day: i32) -> Vec<Vec<usize>> {
    if let [_] = cluster {
        return vec![vec![0]];
    }
    let end = |mut unit: u32| {
        while let Some((_, to, _)) = book.merges.iter().find(|(from, _, date)| *from == unit && *date <= day) {
            unit = *to;
        }
        unit
    };
    let mut groups: Vec<(u32, Vec<usize>)> = Vec::new();
    for (member, unit) in cluster.iter().enumerate() {
        let root = end(*unit);
        match groups.iter_mut().find(|(known, _)| *known == root) {
            Some((_, members)) => members.push(member),
            None => groups.push((root, vec![member])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}
