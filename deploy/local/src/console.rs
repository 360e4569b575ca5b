//! What a person sees in the terminal.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line's output")]
use indicatif::{ProgressBar, ProgressStyle};
use std::{process::ExitCode, time::Duration};

/// A line of the result, on stdout.
pub fn say(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// What is happening, on stderr.
pub fn note(line: impl AsRef<str>) {
    eprintln!("{}", line.as_ref());
}

/// The reason why it failed.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}

/// A step without a known length: a spinner in a terminal, two lines in a log.
pub struct Step {
    bar: ProgressBar,
    name: String,
}

impl Step {
    /// Begins it.
    pub fn begin(name: impl Into<String>) -> Self {
        let name = name.into();
        let bar = ProgressBar::new_spinner().with_message(name.clone());
        bar.enable_steady_tick(Duration::from_millis(120));
        if bar.is_hidden() {
            note(format!("{name} …"));
        }
        Self { bar, name }
    }

    /// Ends it well, with a few words.
    pub fn done(self, words: impl AsRef<str>) {
        let took = self.bar.elapsed();
        self.bar.finish_and_clear();
        note(format!("✓ {} ({}{:.1} s)", self.name, prefix(words.as_ref()), took.as_secs_f64()));
    }
}

fn prefix(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("{words}, ") }
}

/// A step of a known length.
pub struct Progress {
    bar: ProgressBar,
    name: String,
}

impl Progress {
    /// Begins it.
    pub fn begin(name: &str, length: u64) -> Self {
        let template = "{msg} [{bar:32}] {pos}/{len} {elapsed} (about {eta} left)";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar =
            ProgressBar::new(length).with_message(name.to_owned()).with_style(style.progress_chars("█▌ "));
        if bar.is_hidden() {
            note(format!("{name} …"));
        }
        Self { bar, name: name.to_owned() }
    }

    /// So many more.
    pub fn advance_by(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Ends it well.
    pub fn done(self) {
        let (count, took) = (self.bar.position(), self.bar.elapsed());
        self.bar.finish_and_clear();
        note(format!("✓ {} ({count}, {:.1} s)", self.name, took.as_secs_f64()));
    }
}
