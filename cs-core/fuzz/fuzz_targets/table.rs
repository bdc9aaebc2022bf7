#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cs_core_fuzz::checks::table(bytes));
