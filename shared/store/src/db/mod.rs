//! Reads and writes, one file per table or noun.
