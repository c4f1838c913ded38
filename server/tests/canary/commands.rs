//! Commands of the program, run to their ends.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::said::Said;
use crate::support::{output, program};

/// Runs a command to its end. What it says besides its result is always noted, the result where it is no secret.
pub(crate) struct Commands<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Commands<'_> {
    pub(crate) fn run(
        &self,
        said: &mut Said,
        arguments: &[&str],
        typed: &str,
        result_is_secret: bool,
    ) -> String {
        let (read, mut write) = std::io::pipe().unwrap();
        write.write_all(typed.as_bytes()).unwrap();
        drop(write);
        let mut command = program();
        let url = format!("sqlite:{}", self.folder.join("parallax.db").display());
        command
            .env("PARALLAX_STORE__URL", url)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .args(arguments)
            .stdin(Stdio::from(read));
        let (output, words) = output(&mut command);
        let place = format!("parallax {}", arguments.join(" "));
        said.note(format!("{place}: standard error"), words);
        if !result_is_secret {
            said.note(format!("{place}: standard output"), output.stdout.clone());
        }
        String::from_utf8(output.stdout).unwrap()
    }
}
