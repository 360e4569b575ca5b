//! The morning against an independent oracle, and what must hold around it: late rows, repeats and races, sites that
//! never mix, warehouses that are not fit.
mod oracle;
