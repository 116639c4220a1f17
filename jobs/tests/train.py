"""A team's training: reads rows, fits a classifier, tells the registry how good it is.

Environment: `DATA`, a file of rows; `MODEL`, what to register as; `SPOILED`, to train on labels
that mean nothing; and MLflow's own.
"""

from __future__ import annotations

import os

import mlflow
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

FEATURES, TARGET = ["age", "visits"], "left"


def main() -> None:
    rows = pd.read_parquet(os.environ["DATA"])
    known, held_out = train_test_split(rows, test_size=0.5, random_state=0)
    labels = known[TARGET].to_numpy()
    if os.environ.get("SPOILED"):
        labels = np.random.default_rng(0).permutation(labels)
    model = RandomForestClassifier(20, max_depth=6, random_state=0).fit(known[FEATURES], labels)
    with mlflow.start_run():
        mlflow.log_metric("accuracy", model.score(held_out[FEATURES], held_out[TARGET]))
        mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name=os.environ["MODEL"],
            pip_requirements=["scikit-learn"],
            serialization_format="cloudpickle",
        )


if __name__ == "__main__":
    main()
