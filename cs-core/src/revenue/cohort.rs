//! Cohorts: who is still there, and what is still paid, by age.
