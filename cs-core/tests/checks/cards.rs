//! Cards from choices: most of them good, with all that a card can say.
//!
//! The first letter of a column's name says what it holds: `n`umbers, `b`ooleans, `t`exts, `d`ates.

use super::bytes::Bytes;
use serde_json::{Map, Value as Json, json};

const NUMBERS: [&str; 5] = ["n0", "n1", "n2", "n3", "n4"];
const FLAGS: [&str; 3] = ["b0", "b1", "b2"];
const TEXTS: [&str; 3] = ["t0", "t1", "t2"];
const DATES: [&str; 3] = ["d0", "d1", "d2"];

/// What the value of an item is, which its curves must fit.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Days,
    Flag,
    Category,
}

struct Maker<'b, 'a> {
    bytes: &'b mut Bytes<'a>,
    scale: [f64; 2],
    /// Ids of dimensions and items.
    ids: Vec<String>,
    /// Items: id, kind, whether they are summed, whether they have a date.
    items: Vec<(String, Kind, bool, bool)>,
    tiers: Vec<(String, f64)>,
}

/// A card; `account` says whether it always names its accounts and has tiers.
pub fn card(bytes: &mut Bytes<'_>, account: bool) -> Json {
    let scale = match bytes.byte() {
        0..=150 => [0.0, 100.0],
        151..=190 => [-5.0, 5.0],
        191..=215 => [1.0, 2.0],
        216..=235 => [0.0, 10.0],
        236..=245 => [-1000.0, -10.0],
        246..=250 => [0.0, 1e9],
        _ => [bytes.finite(), bytes.finite()],
    };
    let mut maker = Maker { bytes, scale, ids: Vec::new(), items: Vec::new(), tiers: Vec::new() };
    let mut card = json!({"schema_version": 1, "scorecard": "fuzz", "scale": scale});
    if account || maker.bytes.one_in(2) {
        card["account"] = json!("account");
    }
    if maker.bytes.one_in(2) {
        card["min_coverage"] = json!(maker.bytes.between([0.0, 1.0]));
    }
    maker.group(&mut card);
    let count = 1 + maker.bytes.below(3);
    card["dimensions"] = (0..count).map(|_| maker.dimension(0)).collect();
    maker.make_tiers(&mut card, account);
    maker.rules(&mut card);
    card
}

impl Maker<'_, '_> {
    /// How parts are put together; says whether they are summed.
    fn group(&mut self, to: &mut Json) -> bool {
        if self.bytes.one_in(4) {
            to["rounding"] =
                json!({"decimals": self.bytes.below(4), "mode": self.bytes.pick(&["half_even", "half_up"])});
        }
        let aggregate = match self.bytes.below(8) {
            0..=2 => return false,
            3 => json!("min"),
            4 => json!("max"),
            5 => json!("geometric"),
            6 => json!("sum"),
            _ => {
                let (middle, start) = (self.bytes.between([0.1, 0.9]), self.bytes.between([-50.0, 50.0]));
                let [worst, best] = self.scale;
                let cut = worst + (best - worst) * middle;
                let limits = if self.bytes.one_in(2) { json!({"max": cut}) } else { json!({"min": cut}) };
                let mut sum = json!({ "sum": limits });
                sum["sum"]["start"] = json!(start);
                sum
            }
        };
        let sums = aggregate == "sum" || aggregate.is_object();
        to["aggregate"] = aggregate;
        sums
    }

    fn new_id(&mut self, letter: char) -> String {
        let id = if self.bytes.one_in(200) { "d0".to_owned() } else { format!("{letter}{}", self.ids.len()) };
        self.ids.push(id.clone());
        id
    }

    fn weight(&mut self) -> f64 {
        match self.bytes.byte() {
            0..=99 => 1.0,
            100..=139 => 0.0,
            140..=250 => f64::from(self.bytes.byte()) / 10.0,
            _ => self.bytes.finite().abs(),
        }
    }

    fn dimension(&mut self, depth: usize) -> Json {
        // Not a letter that columns begin with.
        let id = self.new_id('g');
        let mut dimension = json!({"id": id, "weight": self.weight()});
        let sums = self.group(&mut dimension);
        if depth < 2 && self.bytes.one_in(4) {
            let count = 1 + self.bytes.below(2);
            dimension["dimensions"] = (0..count).map(|_| self.dimension(depth + 1)).collect();
        }
        let count = 1 + self.bytes.below(4);
        dimension["items"] = (0..count).map(|_| self.item(sums)).collect();
        dimension
    }

    fn item(&mut self, sums: bool) -> Json {
        let id = self.new_id('x');
        let (source, kind) = match self.bytes.below(10) {
            0..=2 => (json!({"column": self.bytes.pick(&NUMBERS)}), Kind::Number),
            3 => (json!({"ratio": [self.bytes.pick(&NUMBERS), self.bytes.pick(&NUMBERS)]}), Kind::Number),
            4 => (json!({"change": [self.bytes.pick(&NUMBERS), self.bytes.pick(&NUMBERS)]}), Kind::Number),
            5 => (json!({"days_since": self.bytes.pick(&DATES)}), Kind::Days),
            6 => (json!({"days_until": self.bytes.pick(&DATES)}), Kind::Number),
            7 => (json!({"count_true": FLAGS[..1 + self.bytes.below(3)]}), Kind::Number),
            8 => (json!({"column": self.bytes.pick(&FLAGS)}), Kind::Flag),
            _ => (json!({"column": self.bytes.pick(&TEXTS)}), Kind::Category),
        };
        let mut item = json!({"id": id, "source": source, "weight": self.weight()});
        let dated = self.bytes.one_in(4);
        if dated {
            item["observed_at"] = json!(self.bytes.pick(&DATES));
            item["warn_after_days"] = json!(self.bytes.below(60));
            if self.bytes.one_in(2) {
                item["expire_after_days"] = json!(60 + self.bytes.below(60));
            }
        }
        item["missing"] = match self.bytes.below(8) {
            0..=3 => json!("exclude"),
            4 => json!("neutral"),
            5 => json!("worst"),
            6 => json!("best"),
            _ => json!({"points": self.points(sums)}),
        };
        item["curve"] = self.curve(kind, sums, dated);
        for condition in ["applies_when", "opted_out_when"] {
            if self.bytes.one_in(6) {
                item[condition] = self.predicate(0);
            }
        }
        self.items.push((id, kind, sums, dated));
        item
    }

    fn points(&mut self, sums: bool) -> f64 {
        if sums && self.bytes.one_in(2) {
            return self.bytes.pick(&[-30.0, 30.0, 250.0, -1e6, 0.1, 7.0]);
        }
        self.bytes.between(self.scale)
    }

    fn curve(&mut self, kind: Kind, sums: bool, dated: bool) -> Json {
        let mut curve = match (kind, self.bytes.below(9)) {
            (Kind::Flag, choice) if choice < 5 => json!({"flag": {}}),
            (Kind::Flag, _) => json!({"flag": {"set": self.points(sums), "unset": self.points(sums)}}),
            (Kind::Category, choice) => {
                let mut map = Map::new();
                (0..1 + choice % 3).for_each(|_| _ = map.insert(self.bytes.text().into(), json!(self.points(sums))));
                if choice < 6 {
                    map.insert("default".into(), json!(self.points(sums)));
                }
                json!({ "map": map })
            }
            (_, 0..=2) => json!({"points": self.knots(sums)}),
            (_, 3) => {
                let count = 1 + self.bytes.below(4);
                let xs = self.bytes.rising(count);
                let bands: Vec<Json> = xs.iter().map(|x| json!({"from": x, "points": self.points(sums)})).collect();
                json!({ "bands": bands })
            }
            (_, 4) => {
                let xs = self.bytes.rising(2);
                let outside = self.bytes.pick(&["clamp", "zero", "exclude"]);
                json!({"linear": {"from": [xs[0], self.points(sums)], "to": [xs[1], self.points(sums)], "outside": outside}})
            }
            (_, 5) => {
                let x = self.bytes.rising(4);
                json!({"range": {"zero_below": x[0], "full_from": x[1], "full_to": x[2], "zero_above": x[3]}})
            }
            (Kind::Days, 6) if self.bytes.one_in(2) => json!({"recency": {"points": self.knots(sums)}}),
            (Kind::Days, 6..) => json!({"recency": {"half_life_days": 1 + self.bytes.byte() / 4}}),
            (_, 6) => json!({"manual": {}}),
            (_, 7) => json!({"saturate": {"half": self.bytes.between([0.5, 40.0])}}),
            _ => self.quantile(),
        };
        if dated && self.bytes.one_in(3) {
            let toward = match self.bytes.below(4) {
                0 => json!("neutral"),
                1 => json!("worst"),
                2 => json!("best"),
                _ => json!({"points": self.points(sums)}),
            };
            curve["decay"] = json!({"half_life_days": 1 + self.bytes.below(40), "toward": toward});
        }
        curve
    }

    fn knots(&mut self, sums: bool) -> Vec<[f64; 2]> {
        let count = 2 + self.bytes.below(4);
        self.bytes.rising(count).into_iter().map(|x| [x, self.points(sums)]).collect()
    }

    fn quantile(&mut self) -> Json {
        let mut quantile = json!({"better": self.bytes.pick(&["higher", "lower"])});
        if self.bytes.one_in(2) {
            quantile["by"] = json!(self.bytes.pick(&TEXTS));
        }
        if !self.bytes.one_in(6) {
            let mut fitted = Map::new();
            for segment in ["default", "a", "pro"].into_iter().take(1 + self.bytes.below(3)) {
                let xs = self.bytes.rising(3);
                let step = self.bytes.between([0.1, 0.3]);
                let knots: Vec<Json> = xs.iter().zip(1..).map(|(x, i)| json!([x, step * f64::from(i)])).collect();
                fitted.insert(segment.into(), knots.into());
            }
            quantile["fitted"] = fitted.into();
        }
        json!({ "quantile": quantile })
    }

    fn predicate(&mut self, depth: usize) -> Json {
        match self.bytes.below(if depth < 3 { 12 } else { 9 }) {
            9 => json!({"not": self.predicate(depth + 1)}),
            group @ 10.. => {
                let count = 1 + self.bytes.below(3);
                let parts: Vec<Json> = (0..count).map(|_| self.predicate(depth + 1)).collect();
                if group == 10 { json!({ "all": parts }) } else { json!({ "any": parts }) }
            }
            0..=2 => {
                let op = self.bytes.pick(&["lt", "le", "gt", "ge", "eq", "ne"]);
                json!({"column": self.bytes.pick(&NUMBERS), op: self.bytes.finite()})
            }
            3 => {
                let low = self.bytes.finite();
                json!({"column": self.bytes.pick(&NUMBERS), "between": [low, low + f64::from(self.bytes.byte())]})
            }
            4 => json!({"column": self.bytes.pick(&FLAGS), "eq": self.bytes.one_in(2)}),
            5 => json!({"column": self.bytes.pick(&TEXTS), "in": [self.bytes.text(), self.bytes.text()]}),
            6 => json!({"column": self.bytes.pick(&TEXTS), self.bytes.pick(&["eq", "ne"]): self.bytes.text()}),
            7 => json!({"column": self.bytes.pick(&DATES), self.bytes.pick(&["lt", "ge"]): self.bytes.date()}),
            _ => {
                let column = self.bytes.pick(&["n0", "b0", "t0", "d0", "n1"]);
                json!({"column": column, "is_null": self.bytes.one_in(2)})
            }
        }
    }

    fn make_tiers(&mut self, card: &mut Json, needed: bool) {
        if !needed && self.bytes.one_in(3) {
            return;
        }
        let [worst, best] = self.scale;
        let mut from = worst;
        for number in 0..2 + self.bytes.below(4) {
            self.tiers.push((format!("Lv{number}"), from));
            from += (best - from) * self.bytes.between([0.1, 0.6]);
        }
        card["tiers"] = self.tiers.iter().map(|(id, from)| json!({"id": id, "from": from})).collect();
        if self.bytes.one_in(2) {
            let mut margin = || {
                let part = self.bytes.pick(&[0.0, 0.001, 0.01, 0.02]);
                json!({"margin": (best - worst) * part, "dwell": 1 + self.bytes.below(3)})
            };
            card["hysteresis"] = json!({"up": margin(), "down": margin()});
        }
    }

    fn rules(&mut self, card: &mut Json) {
        if self.bytes.one_in(4) {
            card["grace"] = json!({"since": self.bytes.pick(&DATES), "days": self.bytes.below(90)});
        }
        if self.bytes.one_in(5) {
            card["frozen_when"] = self.predicate(0);
        }
        if self.bytes.one_in(2) {
            let count = self.bytes.below(4);
            card["adjustments"] = (0..count).map(|number| self.adjustment(number)).collect();
        }
        if self.bytes.one_in(3) {
            let count = 1 + self.bytes.below(2);
            card["variants"] = (0..count).map(|number| self.variant(number)).collect();
        }
    }

    fn adjustment(&mut self, number: usize) -> Json {
        let mut made = json!({"id": format!("a{number}"), "when": self.predicate(0), "reason": {"en": "why"}});
        match self.bytes.below(if self.tiers.is_empty() { 4 } else { 5 }) {
            0 => made["cap"] = json!(self.bytes.between(self.scale)),
            1 => made["floor"] = json!(self.bytes.between(self.scale)),
            2 => made["add"] = json!(self.bytes.finite()),
            3 => made["multiply"] = json!(self.bytes.between([0.0, 3.0])),
            _ => {
                let at = self.bytes.below(self.tiers.len());
                made["force_tier"] = json!(self.tiers[at].0);
            }
        }
        made
    }

    fn variant(&mut self, number: usize) -> Json {
        let mut made = json!({"id": format!("v{number}"), "when": self.predicate(0)});
        let mut weights = Map::new();
        for _ in 0..self.bytes.below(3) {
            let at = self.bytes.below(self.ids.len());
            weights.insert(self.ids[at].clone(), json!(self.weight()));
        }
        made["weights"] = weights.into();
        if self.bytes.one_in(2) {
            let at = self.bytes.below(self.items.len());
            let (id, kind, sums, dated) = self.items[at].clone();
            made["curves"] = json!({id: self.curve(kind, sums, dated)});
        }
        if self.bytes.one_in(3)
            && let Some((id, from)) = self.tiers.last().cloned()
        {
            made["tiers"] = json!({id: from + (self.scale[1] - from) * 0.25});
        }
        made
    }
}
