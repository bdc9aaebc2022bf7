//! The floors of the house: each file imports only from its own floor's words or from below.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// From the bottom up; rooms on one floor do not import each other unless `BESIDE` says so.
const FLOORS: [&[&str]; 3] = [
    &["error", "calendar", "document", "money", "stat", "table"],
    &["health", "revenue"],
    &["chart", "scalar", "simulate"],
];

/// Imports within a floor: who, from whom.
const BESIDE: [(&str, &str); 9] = [
    ("calendar", "document"),
    ("calendar", "error"),
    ("document", "error"),
    ("money", "document"),
    ("money", "error"),
    ("money", "table"),
    ("table", "calendar"),
    ("table", "error"),
    ("table", "money"),
];

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("{room} has no floor"))
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn imports_go_downward() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in files {
        let name = file.strip_prefix(&src).unwrap();
        let first = name.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for rest in code.split("crate::").skip(1) {
            let target: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if target.is_empty() || target == room {
                continue;
            }
            seen += 1;
            let allowed = floor(&target) < floor(room) || BESIDE.contains(&(room, target.as_str()));
            if !allowed {
                wrong.push(format!("{} imports {target}", name.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 20, "the search found only {seen} imports: it is broken");
}
