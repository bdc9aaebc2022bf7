//! What changed between two results: a feed for whatever acts on it.

use super::pairs::{Side, pairs};
use crate::error::{Code, Error, Issue, Result};
use crate::table::{InputRows, Labels, ResultColumn, ResultTable, Stack, Table, Texts};

/// The kinds of change, the gravest first.
const CHANGES: [&str; 5] = ["entered", "left", "status", "tier", "score"];

/// The columns of the feed beside the account.
const COLUMNS: [&str; 7] =
    ["change", "score_before", "score_after", "tier_before", "tier_after", "status_before", "status_after"];

/// The accounts whose score, tier or status differs between two results of scoring.
///
/// The columns `score` and `status` are read, and `tier` if the results have it. `change` names the
/// gravest change: `entered` or `left`, then `status`, `tier`, `score`. Accounts of `after` stand in
/// their order, then those that left in the order of `before`; the account column takes its rows from
/// `before` and then `after`, counted through both. An account in both takes its row from `after`.
///
/// # Errors
/// `unknown_column`, also when only one of the two has `tier`; `wrong_column_type`; `null_account`,
/// `duplicate_account`, `infinite_value` with the rows; `reserved_id` when the account column has the name of
/// another column of the feed. The path is the role, `before` or `after`.
///
/// # Examples
/// Before: a 50 Lv1, b 70 Lv2. After: b 75 Lv2, c 20 Lv1. The feed: b `score` 70 → 75, c `entered`,
/// a `left`.
pub(super) fn changes(
    account: &str,
    before: &[Table<'_>],
    after: &[Table<'_>],
    card_hash: &str,
) -> Result<ResultTable> {
    check_name(account)?;
    let (before, after) = (Side::new("before", before, account)?, Side::new("after", after, account)?);
    let tiered = before.has("tier") || after.has("tier");
    let mut issues = Vec::new();
    let readings = [Readings::new(&before, tiered, &mut issues)?, Readings::new(&after, tiered, &mut issues)?];
    if let Some(error) = Error::from_issues(issues) {
        return Err(error);
    }
    let mut feed = Feed::default();
    pairs(account, &before, &after, |old, new| {
        if let Some(change) = change(&readings, old, new) {
            feed.push(change, &readings, [old, new], before.rows());
        }
    })?;
    Ok(feed.into_table(account, card_hash))
}

fn check_name(account: &str) -> Result<()> {
    if !COLUMNS.contains(&account) {
        return Ok(());
    }
    let issue = Issue::new(Code::ReservedId).path("account").value(format!("{account:?}"));
    Err(issue.help("the feed has a column of that name: rename the account column").into())
}

/// What is read of one result.
struct Readings<'a> {
    scores: Vec<f64>,
    tiers: Option<Stack<'a>>,
    statuses: Stack<'a>,
}

impl<'a> Readings<'a> {
    fn new(side: &Side<'_, 'a>, tiered: bool, issues: &mut Vec<Issue>) -> Result<Self> {
        let scores = side.numbers("score", issues)?;
        let tiers = tiered.then(|| side.texts("tier")).transpose()?;
        Ok(Self { scores, tiers, statuses: side.texts("status")? })
    }

    fn tier(&self, row: usize) -> Option<&'a [u8]> {
        self.tiers.as_ref().and_then(|tiers| tiers.text(row))
    }
}

/// The gravest change of an account, by its place in [`CHANGES`].
fn change([before, after]: &[Readings<'_>; 2], old: Option<usize>, new: Option<usize>) -> Option<u8> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, _) => return Some(0),
        (_, None) => return Some(1),
    };
    let (x, y) = (before.scores[old], after.scores[new]);
    if before.statuses.text(old) != after.statuses.text(new) {
        Some(2)
    } else if before.tier(old) != after.tier(new) {
        Some(3)
    } else {
        (x != y && !(x.is_nan() && y.is_nan())).then_some(4)
    }
}

/// The feed while it is filled; pairs are before and after.
#[derive(Default)]
struct Feed {
    rows: Vec<u32>,
    changes: Vec<u8>,
    scores: [Vec<f64>; 2],
    tiers: [Texts; 2],
    statuses: [Texts; 2],
}

impl Feed {
    fn push(&mut self, change: u8, readings: &[Readings<'_>; 2], rows: [Option<usize>; 2], offset: usize) {
        let row = rows[1].map_or(rows[0], |row| Some(offset + row));
        self.rows.push(row.map_or(0, |row| row as u32));
        self.changes.push(change);
        for (side, (reading, row)) in readings.iter().zip(rows).enumerate() {
            self.scores[side].push(row.map_or(f64::NAN, |row| reading.scores[row]));
            push(&mut self.tiers[side], row.and_then(|row| reading.tier(row)));
            push(&mut self.statuses[side], row.and_then(|row| reading.statuses.text(row)));
        }
    }

    fn into_table(self, account: &str, card_hash: &str) -> ResultTable {
        let rows = self.changes.len();
        let words = CHANGES.map(str::to_owned).to_vec();
        let accounts = ResultColumn::Input { column: account.into(), rows: InputRows::Take(self.rows) };
        let changes = ResultColumn::Label(Labels { codes: self.changes, validity: None, words });
        let columns = [accounts, changes]
            .into_iter()
            .chain(self.scores.map(ResultColumn::from_nan))
            .chain(self.tiers.map(ResultColumn::Text))
            .chain(self.statuses.map(ResultColumn::Text));
        let names = std::iter::once(account).chain(COLUMNS).map(str::to_owned);
        ResultTable::new(names.zip(columns).collect(), rows, card_hash)
    }
}

fn push(texts: &mut Texts, text: Option<&[u8]>) {
    texts.push(text.map(String::from_utf8_lossy).as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;
    use serde_json::{Value as Json, json};

    type Row = (&'static str, f64, &'static str, &'static str);

    struct Scores {
        accounts: Vec<&'static str>,
        scores: Vec<f64>,
        tiers: Vec<&'static str>,
        statuses: Vec<&'static str>,
    }

    fn result(rows: &[Row]) -> Scores {
        Scores {
            accounts: rows.iter().map(|row| row.0).collect(),
            scores: rows.iter().map(|row| row.1).collect(),
            tiers: rows.iter().map(|row| row.2).collect(),
            statuses: rows.iter().map(|row| row.3).collect(),
        }
    }

    impl Scores {
        fn table(&self) -> Table<'_> {
            Table::new([
                ("id", Column::from(&self.accounts[..])),
                ("score", Column::from(&self.scores[..])),
                ("tier", Column::from(&self.tiers[..])),
                ("status", Column::from(&self.statuses[..])),
            ])
            .unwrap()
        }
    }

    fn feed(before: &[Table<'_>], after: &[Table<'_>]) -> Json {
        let names: Vec<String> = before
            .iter()
            .chain(after)
            .flat_map(|table| {
                let column = table.column("id").unwrap();
                (0..table.rows()).map(move |row| column.display(row).unwrap())
            })
            .collect();
        changes("id", before, after, "hash").unwrap().to_json(|_, row| Some(names[row].clone()))
    }

    const BEFORE: [Row; 5] = [
        ("a", 50.0, "Lv1", "scored"),
        ("b", 70.0, "Lv2", "scored"),
        ("same", 61.0, "Lv2", "scored"),
        ("d", 69.0, "Lv1", "scored"),
        ("unknown", f64::NAN, "", "insufficient_data"),
    ];
    const AFTER: [Row; 5] = [
        ("b", 75.0, "Lv2", "scored"),
        ("c", 20.0, "Lv1", "scored"),
        ("unknown", f64::NAN, "", "insufficient_data"),
        ("d", f64::NAN, "", "insufficient_data"),
        ("same", 61.0, "Lv2", "scored"),
    ];

    #[test]
    fn only_accounts_that_changed_and_the_gravest_change() {
        let (before, after) = (result(&BEFORE), result(&AFTER));
        let expected = json!({
            "id": ["b", "c", "d", "a"],
            "change": ["score", "entered", "status", "left"],
            "score_before": [70.0, null, 69.0, 50.0],
            "score_after": [75.0, 20.0, null, null],
            "tier_before": ["Lv2", null, "Lv1", "Lv1"],
            "tier_after": ["Lv2", "Lv1", "", null],
            "status_before": ["scored", null, "scored", "scored"],
            "status_after": ["scored", "scored", "insufficient_data", null],
        });
        assert_eq!(feed(&[before.table()], &[after.table()]), expected);
        // The same in any number of batches.
        let parts = |rows: &[Row], at: usize| [result(&rows[..at]), result(&rows[at..at]), result(&rows[at..])];
        let (before, after) = (parts(&BEFORE, 2), parts(&AFTER, 3));
        let before: Vec<Table<'_>> = before.iter().map(Scores::table).collect();
        let after: Vec<Table<'_>> = after.iter().map(Scores::table).collect();
        assert_eq!(feed(&before, &after), expected);
    }

    #[test]
    fn a_tier_is_graver_than_a_score() {
        let (before, after) = (result(&[("a", 1.0, "Lv1", "scored")]), result(&[("a", 2.0, "Lv2", "scored")]));
        assert_eq!(feed(&[before.table()], &[after.table()])["change"], json!(["tier"]));
    }

    #[test]
    fn nothing_changed_and_nothing_there() {
        let table = result(&AFTER);
        for tables in [vec![table.table()], vec![]] {
            let feed = changes("id", &tables, &tables, "hash").unwrap();
            assert_eq!((feed.rows(), feed.columns().len(), feed.card_hash()), (0, 8, "hash"));
        }
    }

    #[test]
    fn errors_name_the_role_and_the_rows() {
        let good = result(&AFTER);
        let code = |before: &Table<'_>, after: &Table<'_>| {
            let error = changes("id", std::slice::from_ref(before), std::slice::from_ref(after), "").unwrap_err();
            (error.code(), error.context().path.clone().unwrap_or_default(), error.context().rows.clone())
        };
        let twice = result(&[AFTER[0], AFTER[1], AFTER[0]]);
        assert_eq!(code(&twice.table(), &good.table()), (Code::DuplicateAccount, "before".into(), vec![2]));
        let infinite = result(&[AFTER[0], ("x", f64::INFINITY, "Lv1", "scored")]);
        assert_eq!(code(&good.table(), &infinite.table()), (Code::InfiniteValue, "after".into(), vec![1]));
        let bare = Table::new([
            ("id", Column::from(&["a"][..])),
            ("score", Column::from(&[1.0][..])),
            ("status", Column::from(&["scored"][..])),
        ])
        .unwrap();
        assert_eq!(code(&bare, &good.table()), (Code::UnknownColumn, "before".into(), vec![]));
        let alone = changes("id", std::slice::from_ref(&bare), std::slice::from_ref(&bare), "").unwrap();
        assert_eq!(alone.rows(), 0, "cards without tiers have a feed too");
        let numbers = Table::new([("id", Column::from(&[1i64][..])), ("score", Column::from(&["high"][..]))]).unwrap();
        assert_eq!(code(&numbers, &bare).0, Code::WrongColumnType);
        assert_eq!(changes("change", &[], &[], "").unwrap_err().code(), Code::ReservedId);
    }
}
