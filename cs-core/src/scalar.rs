//! Single figures by name: what the bindings call for one amount, one date, one rate.
