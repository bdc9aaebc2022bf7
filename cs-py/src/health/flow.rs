//! Flows between tiers.

use super::Card;
use crate::call::{Given, detached, import};
use crate::document;
use crate::error::{Result, guard};
use crate::table::{Frame, ResultFrame, with_frames};
use cs_core::error::{Code, Issue};
use cs_core::health::{self, FlowOptions, ProjectOptions};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// Counts of accounts by the tier before and the tier after.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Flow {
    flow: health::Flow,
}

#[pymethods]
impl Flow {
    /// The columns of `before` and of `after` that are read under these options, for a card or without one.
    #[staticmethod]
    fn wanted(options: &Bound<'_, PyDict>, card: Option<&Card>) -> PyResult<(Vec<String>, Vec<String>)> {
        guard(|| {
            let options = flow_options(options)?;
            let account = options.account.or_else(|| card?.card().account().map(str::to_owned));
            let side =
                |value: Option<String>| account.iter().cloned().chain(["tier".to_owned()]).chain(value).collect();
            Ok((side(options.value_before), side(options.value_after)))
        })
    }

    /// Counts how accounts moved between two results, by the tiers of a card or by those listed.
    #[staticmethod]
    #[pyo3(signature = (before, after, options, card=None, tiers=None))]
    fn count(
        py: Python<'_>,
        before: Given<'_>,
        after: Given<'_>,
        options: &Bound<'_, PyDict>,
        card: Option<&Card>,
        tiers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guard(|| {
            let options = flow_options(options)?;
            let card = card.map(Card::card);
            let tiers = if card.is_none() { read_tiers(tiers)? } else { Vec::new() };
            let frames: [Frame; 2] = [import(&before)?, import(&after)?];
            let flow = detached(py, || {
                with_frames(&frames, |tables| {
                    let [before, after] = [&tables[0], &tables[1]];
                    Ok(match card {
                        Some(card) => card.tier_flow(before, after, &options)?,
                        None => health::Flow::from_results(&tiers, before, after, &options)?,
                    })
                })
            })?;
            Ok(Self { flow })
        })
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Ok(Self { flow: health::Flow::from_json(document::source(text)?)? }))
    }

    fn to_json(&self) -> String {
        self.flow.to_json()
    }

    fn html(&self) -> PyResult<String> {
        guard(|| Ok(self.flow.html()))
    }

    #[getter]
    fn tiers(&self) -> Vec<String> {
        self.flow.tiers().to_vec()
    }

    #[getter]
    fn card_hash(&self) -> &str {
        self.flow.card_hash()
    }

    /// The flow of this part of a book and another.
    fn merge(&self, other: &Self) -> PyResult<Self> {
        guard(|| Ok(Self { flow: self.flow.clone().merge(&other.flow)? }))
    }

    fn matrix(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.flow.matrix())?))
    }

    fn summary(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.flow.summary())?))
    }

    fn project(
        &self,
        py: Python<'_>,
        periods: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<ResultFrame> {
        guard(|| {
            let options = ProjectOptions::from_value(&document::to_options(options)?)?;
            let periods = document::to_value(periods)?;
            let whole = periods.as_u64().ok_or_else(|| {
                let issue = Issue::new(Code::NumberOutOfRange).path("periods").value(periods);
                issue.expected("a whole number from 0")
            })?;
            let periods = usize::try_from(whole).unwrap_or(usize::MAX);
            let ahead = detached(py, || Ok(self.flow.project(periods, &options)?))?;
            Ok(ResultFrame::new(py, ahead)?)
        })
    }

    fn steady(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.flow.steady())?))
    }
}

fn flow_options(options: &Bound<'_, PyDict>) -> Result<FlowOptions> {
    Ok(FlowOptions::from_value(&document::to_options(options)?)?)
}

fn read_tiers(tiers: Option<&Bound<'_, PyAny>>) -> Result<Vec<String>> {
    let given = tiers.map(document::to_value).transpose()?.unwrap_or_default();
    let texts = |ids: &Vec<serde_json::Value>| ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
    let list: Option<Vec<String>> = given.as_array().and_then(texts);
    Ok(list.ok_or_else(|| {
        let issue = Issue::new(Code::WrongType).path("tiers").value(given);
        issue.expected("the ids of the tiers, from worst to best")
    })?)
}
