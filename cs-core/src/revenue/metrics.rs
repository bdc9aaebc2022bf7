//! The figures of a period: ARR, ARPA, growth, quick ratio, churn rates.
