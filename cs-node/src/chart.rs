//! Charts: Vega-Lite documents of results.

use crate::error::call;
use crate::health::NativeScorecard;
use crate::table::read_batches;
use cs_core::chart;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

/// The chart of this name, as JSON text; `batch` has the columns of the result.
#[napi]
pub fn chart(
    env: &Env,
    name: String,
    card: &NativeScorecard,
    batch: Object<'_>,
    language: Option<String>,
) -> napi::Result<String> {
    call(env, || {
        // SAFETY: no JavaScript runs until the chart is made.
        let batches = unsafe { read_batches(vec![batch]) }?;
        let table = batches.first().map(|batch| batch.table()).transpose()?;
        let Some(table) = table else { return Ok(String::new()) };
        let draw = match name.as_str() {
            "scoreDistribution" => chart::score_distribution,
            "tierShares" => chart::tier_shares,
            "changeWaterfall" => chart::change_waterfall,
            "flowMatrix" => chart::flow_matrix,
            "flowBars" => chart::flow_bars,
            "projection" => chart::projection,
            "levelDrivers" => chart::level_drivers,
            _ => chart::contributions,
        };
        Ok(draw(card.card(), &table, language.as_deref())?.to_string())
    })
}

/// The chart of a revenue table by its name, as JSON text.
#[napi]
pub fn revenue_chart(env: &Env, name: String, batch: Object<'_>, language: Option<String>) -> napi::Result<String> {
    call(env, || {
        // SAFETY: no JavaScript runs until the chart is made.
        let batches = unsafe { read_batches(vec![batch]) }?;
        let table = batches.first().map(|batch| batch.table()).transpose()?;
        let Some(table) = table else { return Ok(String::new()) };
        Ok(chart::revenue(&name, &table, language.as_deref())?.to_string())
    })
}
