//! The contracts that will be due.

use super::super::RevenuePolicy;
use super::contracts::{Contract, Outcome, read};
use super::options::RenewalOptions;
use crate::error::Result;
use crate::table::{InputRows, ResultColumn, ResultTable, Tables, Texts};

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &RenewalOptions) -> Result<ResultTable> {
    let as_of = options.as_of()?;
    let (contracts, account) = read(policy.document(), tables, options, as_of)?;
    let mut leads = options.lead_days.clone();
    leads.sort_unstable();
    let lead = |contract: &Contract| {
        let days = u32::try_from(contract.due - as_of).ok()?;
        leads.iter().copied().find(|lead| days <= *lead)
    };
    let open = contracts.iter().filter(|contract| contract.outcome == Outcome::Open);
    let mut rows: Vec<(&Contract, u32)> = open.filter_map(|contract| Some((contract, lead(contract)?))).collect();
    rows.sort_by_key(|(contract, _)| (contract.due, contract.row));
    let own = |name: &str| ResultColumn::Input {
        column: name.to_owned(),
        rows: InputRows::Take(rows.iter().map(|(contract, _)| contract.row as u32).collect()),
    };
    let scale = rows.iter().map(|(contract, _)| contract.place.scale).max().unwrap_or(0);
    let contract_column = contract_texts(tables, options, &rows);
    let amounts = rows
        .iter()
        .map(|(contract, _)| Some(i128::from(contract.minor) * 10i128.pow(u32::from(scale - contract.place.scale))));
    let flag = |of: fn(&Contract) -> bool| {
        ResultColumn::ints(rows.iter().map(move |(contract, _)| Some(i64::from(of(contract)))))
    };
    let days = |of: &dyn Fn(&Contract) -> Option<i32>| {
        ResultColumn::ints(rows.iter().map(|(contract, _)| of(contract).map(i64::from)))
    };
    let columns = vec![
        (account.clone(), own(&account)),
        ("contract".to_owned(), contract_column),
        ("due".to_owned(), ResultColumn::dates(rows.iter().map(|(contract, _)| Some(contract.due)))),
        ("days_to_due".to_owned(), days(&|contract| Some(contract.due - as_of))),
        ("lead_days".to_owned(), ResultColumn::ints(rows.iter().map(|(_, lead)| Some(i64::from(*lead))))),
        ("amount".to_owned(), ResultColumn::decimals(amounts, scale)),
        (
            "currency".to_owned(),
            ResultColumn::Text(
                rows.iter().map(|(contract, _)| Some(contract.place.currency.as_str())).collect::<Texts>(),
            ),
        ),
        ("auto_renew".to_owned(), flag(|contract| contract.auto_renew)),
        ("notice_by".to_owned(), ResultColumn::dates(rows.iter().map(|(contract, _)| contract.notice_by()))),
        ("days_to_notice".to_owned(), days(&|contract| contract.notice_by().map(|day| day - as_of))),
        ("cancel_requested".to_owned(), flag(|contract| contract.cancel_requested)),
    ];
    Ok(ResultTable::new(columns, rows.len(), policy.hash()))
}

/// The names of the contracts.
fn contract_texts(tables: &Tables<'_>, options: &RenewalOptions, rows: &[(&Contract, u32)]) -> ResultColumn {
    let all = super::super::book::Rows::new("contracts", tables.get("contracts"), &options.book);
    let field = all.and_then(|rows| rows.need("contract")).ok();
    let name = |(contract, _): &(&Contract, u32)| field.as_ref().and_then(|field| field.display(contract.row));
    ResultColumn::Text(rows.iter().map(name).collect::<Texts>())
}
