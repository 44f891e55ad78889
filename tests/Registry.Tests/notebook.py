"""A notebook's worth of calls with MLflow's own Python client: notebook.py URL. Prints `done` where everything came back as it was sent."""
import math
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()

experiment = mlflow.set_experiment("notebook")
with mlflow.start_run(run_name="first") as run:
    mlflow.log_param("rate", 0.1)
    mlflow.log_params({"layers": 3, "kind": "keyword"})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"odd": float("nan"), "accuracy": 0.75})
    mlflow.set_tag("note", "by hand")
    mlflow.log_text("what was heard", "notes/heard.txt")
    mlflow.log_dict({"threshold": 0.5}, "settings.json")

data = client.get_run(run.info.run_id).data
assert data.params == {"rate": "0.1", "layers": "3", "kind": "keyword"}, data.params
assert data.metrics["loss"] == 0.2 and data.metrics["accuracy"] == 0.75 and math.isnan(data.metrics["odd"]), data.metrics
assert data.tags["note"] == "by hand" and data.tags["mlflow.runName"] == "first", data.tags
assert [m.value for m in client.get_metric_history(run.info.run_id, "loss")] == [1 / (s + 1) for s in range(5)]
assert client.get_run(run.info.run_id).info.status == "FINISHED"

with mlflow.start_run(run_name="second"):
    mlflow.log_metric("accuracy", 0.5)
found = client.search_runs([experiment.experiment_id], "metrics.accuracy > 0.6", order_by=["metrics.accuracy DESC"])
assert [r.info.run_id for r in found] == [run.info.run_id], found
try:
    client.log_param(run.info.run_id, "rate", 0.2)
    raise AssertionError("A parameter was changed.")
except MlflowException as refused:
    assert "Changing param values is not allowed" in str(refused), refused

assert sorted(f.path for f in client.list_artifacts(run.info.run_id)) == ["notes", "settings.json"]
with tempfile.TemporaryDirectory() as folder:
    path = client.download_artifacts(run.info.run_id, "notes/heard.txt", folder)
    assert open(path).read() == "what was heard"

client.create_registered_model("listener", description="hears words")
version = client.create_model_version("listener", f"{run.info.artifact_uri}/model", run.info.run_id)
assert version.version == "1" or version.version == 1, version
client.set_registered_model_alias("listener", "challenger", "1")
assert str(client.get_model_version_by_alias("listener", "challenger").version) == "1"
client.set_model_version_tag("listener", "1", "checked", "yes")
assert client.get_model_version("listener", "1").tags == {"checked": "yes"}
assert client.get_registered_model("listener").aliases == {"challenger": "1"} or client.get_registered_model("listener").aliases == {"challenger": 1}
client.delete_registered_model_alias("listener", "challenger")
assert [m.name for m in client.search_registered_models("name = 'listener'")] == ["listener"]
client.delete_run(run.info.run_id)
assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
client.restore_run(run.info.run_id)
client.set_experiment_tag(experiment.experiment_id, "owner", "ada")
assert client.get_experiment(experiment.experiment_id).tags["owner"] == "ada"
print("done", mlflow.__version__, os.path.basename(mlflow.__file__))
