//! Sets up linking against the Node API.

fn main() {
    napi_build::setup();
}
