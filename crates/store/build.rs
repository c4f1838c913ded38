//! Rebuilds the crate when a migration is added or changed: `sqlx::migrate!` embeds them, and cargo
//! does not watch files outside the package by itself.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations/sqlite");
    println!("cargo::rerun-if-changed=../../migrations/postgres");
}
