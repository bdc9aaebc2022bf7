//! Writes the pages that are made from the code: the errors, and the references of the scorecard and the revenue policy.
//!
//! `cargo run -p cs-core --all-features --example generate_docs [-- --check]`; with `--check` nothing is
//! written, and a page that is not up to date is an error.

use cs_core::Scorecard;
use cs_core::error::{Code, ErrorKind};
use cs_core::revenue::RevenuePolicy;
use serde_json::{Map, Value};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let (card, policy) = (Scorecard::schema(), RevenuePolicy::schema());
    let pages = [
        ("errors.md", errors()),
        ("reference/scorecard.md", reference(SCORECARD, &card, &CARD_ORDER)),
        ("reference/scorecard.schema.json", format!("{card:#}\n")),
        ("reference/revenue-policy.md", reference(POLICY, &policy, &POLICY_ORDER)),
        ("reference/revenue-policy.schema.json", format!("{policy:#}\n")),
    ];
    let check = std::env::args().any(|argument| argument == "--check");
    let mut stale = 0;
    for (name, text) in pages {
        let path = docs.join(name);
        if check {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
                eprintln!("docs/{name} is not up to date: run the example generate_docs");
                stale += 1;
            }
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(if stale == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn errors() -> String {
    let mut out = String::from(
        "# Errors\n\n\
         Every error has a stable `code`. The code belongs to a kind, which is an exception class in Python; in Node the \
         error is an `Error` with `code`, `kind`, `context` and `issues`; in Rust a `cs_core::Error`. The context says \
         where: `path` in the document, `item`, `column`, the first five `rows` (counted from 0) and `row_count`, and what \
         was found and expected. A document with several mistakes reports all of them in `issues`, errors before warnings; \
         the error's own code and context are those of the first.\n\n\
         | kind | Python class | also a |\n|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let _ = writeln!(out, "| `{kind}` | `{}` | `{}` |", kind.python_class(), kind.python_builtin());
    }
    out.push_str("\nThe code `unknown_column` is in Python an `UnknownColumnError`, which is also a `KeyError`.\n");
    for kind in ErrorKind::ALL {
        let codes: Vec<&Code> = Code::ALL.iter().filter(|code| code.kind() == kind).collect();
        if codes.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {kind}");
        for code in codes {
            let explanation = code.explanation().lines().map(str::trim).collect::<Vec<_>>().join(" ");
            let _ = write!(out, "\n### {code}\n\n*{}.* {explanation}\n", capitalised(code.sentence()));
        }
    }
    out
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The title and the first lines of a reference, and the name of its document.
const SCORECARD: (&str, &str) = (
    "Scorecard",
    "# The scorecard document\n\n\
     Made from the [JSON Schema](scorecard.schema.json), which is made from the types. A card may be written in YAML, JSON or \
     TOML; all three hash alike. Unknown fields are errors. Where a field has no default and is not required, leaving it out \
     is the same as giving null.\n",
);

const POLICY: (&str, &str) = (
    "RevenuePolicy",
    "# The revenue policy document\n\n\
     Made from the [JSON Schema](revenue-policy.schema.json), which is made from the types. A policy may be written in YAML, \
     JSON or TOML; all three hash alike. Unknown fields are errors. Where a field has no default and is not required, leaving \
     it out is the same as giving null. What the choices come to is told in [Recurring revenue](../recurring-revenue.md), and \
     which of them common products make in [Presets and emulations](../revenue-presets.md).\n",
);

// The orders in which a reader meets the parts; those that are not named come last.
const CARD_ORDER: [&str; 18] = [
    "Dimension",
    "Aggregate",
    "Rounding",
    "Item",
    "Source",
    "Curve",
    "Band",
    "Outside",
    "Recency",
    "Quantile",
    "Decay",
    "Missing",
    "Predicate",
    "Tier",
    "Hysteresis",
    "Variant",
    "Grace",
    "Adjustment",
];

const POLICY_ORDER: [&str; 33] = [
    "Level",
    "FreeAccounts",
    "Boundary",
    "Netting",
    "Reactivation",
    "Cancellation",
    "Paused",
    "Kinds",
    "Inclusion",
    "Discounts",
    "Normalise",
    "Invoices",
    "RoundingPolicy",
    "RoundAt",
    "Rounding",
    "Overlaps",
    "ZeroLength",
    "Negative",
    "MixedCurrencies",
    "Fx",
    "MovementsAt",
    "MissingRate",
    "RetentionPolicy",
    "NetFormula",
    "GrossFormula",
    "LogoFormula",
    "RenewalPolicy",
    "Timing",
    "Fiscal",
    "NameBy",
    "Weeks",
    "Weekday",
    "EndRule",
];

fn reference((name, about): (&str, &str), schema: &Value, order: &[&str]) -> String {
    let mut out = String::from(about);
    section(&mut out, name, schema);
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    let rest = definitions.keys().map(String::as_str).filter(|name| !order.contains(name));
    for name in order.iter().copied().chain(rest) {
        section(&mut out, name, &definitions[name]);
    }
    out
}

fn section(out: &mut String, name: &str, schema: &Value) {
    let _ = write!(out, "\n## {name}\n\n{}\n", text(schema));
    if let Some(properties) = schema["properties"].as_object() {
        fields(out, properties, schema);
    }
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    if let Some(choices) = choices {
        let _ = writeln!(out, "\nOne of:\n");
        choices.iter().for_each(|choice| option(out, choice));
    } else if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(Value::to_string).collect();
        let _ = writeln!(out, "\nOne of {}.", words.join(", "));
    }
}

fn fields(out: &mut String, properties: &Map<String, Value>, schema: &Value) {
    let _ = write!(out, "\n| field | type | default | meaning |\n|---|---|---|---|\n");
    for (name, field) in properties {
        let required = requires(schema, name);
        let default = match field.get("default") {
            _ if required => "required".to_owned(),
            Some(value) => format!("`{value}`"),
            None => "–".to_owned(),
        };
        let _ = writeln!(out, "| `{name}` | {} | {default} | {} |", kind(field), text(field));
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|list| list.iter().any(|known| known == name))
}

/// One way to write a value: a word, an object with one field, one with several, or another type.
fn option(out: &mut String, choice: &Value) {
    let words = choice["enum"].as_array().cloned().unwrap_or_default();
    for word in choice.get("const").into_iter().chain(&words) {
        let _ = writeln!(out, "- {word}: {}", text(choice));
    }
    if let Some(properties) = choice["properties"].as_object().filter(|properties| properties.len() > 1) {
        let _ = writeln!(out, "- {}", text(choice));
        for (name, inner) in properties {
            let need = if requires(choice, name) { ", required" } else { "" };
            let _ = writeln!(out, "    - `{name}` ({}{need}): {}", kind(inner), text(inner));
        }
    } else if let Some(properties) = choice["properties"].as_object() {
        for (name, inner) in properties {
            let _ = writeln!(out, "- `{name}` ({}): {}", kind(inner), text(choice));
            for (field, inner) in inner["properties"].as_object().into_iter().flatten() {
                let _ = writeln!(out, "    - `{field}` ({}): {}", kind(inner), text(inner));
            }
        }
    } else if choice.get("const").is_none() && words.is_empty() {
        let said = text(choice);
        let _ = writeln!(out, "- {}{}{said}", kind(choice), if said.is_empty() { "" } else { ": " });
    }
}

/// The description, on one line.
fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default().replace("# Formula", "Formula:");
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let kinds = choices.iter().filter(|choice| choice["type"] != "null").map(kind);
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        other => other.as_str().into_iter().collect(),
    };
    match names.as_slice() {
        ["array"] => format!("list of {}", kind(&schema["items"])),
        ["object"] if schema["additionalProperties"].is_object() => {
            format!("map of {}", kind(&schema["additionalProperties"]))
        }
        ["string"] => "text".to_owned(),
        ["boolean"] => "true or false".to_owned(),
        [] => "any".to_owned(),
        names => names.join(" or "),
    }
}
