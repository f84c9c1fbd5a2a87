"""The Kubernetes manifests against the published schemas, and against what the services need."""

import json
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator

from triskel.cli.stack import SERVICE_PORTS
from triskel.contracts.catalogue import CATALOGUE

HERE = Path(__file__).parent
KUBERNETES = HERE.parent / "deploy" / "kubernetes"
VERSION = "1.37"
PARTS = ("base", "kafka", "postgres", "scaling")
Manifest = dict[str, Any]


def manifests(part: str) -> list[Manifest]:
    home = KUBERNETES / part
    listed = yaml.safe_load((home / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert {path.name for path in home.glob("*.yaml")} == {*listed, "kustomization.yaml"}
    return [
        document
        for name in listed
        for document in yaml.safe_load_all((home / name).read_text(encoding="utf-8"))
    ]


def named(part: str) -> dict[tuple[str, str], Manifest]:
    return {(d["kind"], d["metadata"]["name"]): d for d in manifests(part)}


def offence(manifest: Manifest) -> str | None:
    """What the published schema of its kind has against it."""
    published = HERE / "schemas" / f"{manifest['kind']}.json"
    if published.exists():
        schema = json.loads(published.read_text(encoding="utf-8"))
        found = next(iter(Draft202012Validator(schema).iter_errors(manifest)), None)
        return found.message if found else None
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error.message)
    return None


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(d, id=f"{p}-{d['kind']}-{d['metadata']['name']}")
        for p in PARTS
        for d in manifests(p)
    ],
)
def test_a_manifest_is_what_the_published_schema_of_its_kind_says(manifest: Manifest) -> None:
    assert offence(manifest) is None
    # the control: a word that is not in the schema is found in every kind
    field = "spec" if "spec" in manifest else "metadata"
    assert offence(manifest | {field: manifest[field] | {"planted": {"word": 1}}})


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_a_pod_is_restricted_probed_and_set_up_as_the_service_needs(service: str) -> None:
    found = named("base")
    pod = found["StatefulSet", service]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports["http"] == SERVICE_PORTS[service]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    settings = import_module(f"triskel.{service}.settings").Settings
    known = {f"TRISKEL_{name.upper()}": field for name, field in settings.model_fields.items()}
    given = {variable["name"]: variable for variable in container["env"]}
    assert set(given) <= set(known)
    assert {name for name, field in known.items() if field.is_required()} <= set(given)
    assert found["PodDisruptionBudget", service]["spec"]["minAvailable"] == 1
    assert given["TRISKEL_WATCH_PORT"]["value"] == str(ports["watch"])
    # a reader's static membership: each replica has a name of its own that outlives its pod
    replica = given["TRISKEL_REPLICA"]["valueFrom"]["fieldRef"]
    assert replica["fieldPath"] == "metadata.name"


def test_certificates_have_a_key_registers_a_directory_and_mails_an_address() -> None:
    def mounted(service: str) -> dict[str, Manifest]:
        pod = named("base")["StatefulSet", service]["spec"]["template"]["spec"]
        places = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
        return {places[volume["name"]]: volume for volume in pod["volumes"]}

    def variables(service: str) -> dict[str, Manifest]:
        pod = named("base")["StatefulSet", service]["spec"]["template"]["spec"]
        return {each["name"]: each for each in pod["containers"][0]["env"]}

    key = Path(variables("activities")["TRISKEL_BADGE_KEY_FILE"]["value"])
    assert mounted("activities")[str(key.parent)]["secret"]["secretName"] == "triskel-badge-key"
    registers = variables("registry")["TRISKEL_REGISTERS_DIR"]["value"]
    assert mounted("registry")[registers]["configMap"]["optional"]
    settings = named("base")["ConfigMap", "triskel"]["data"]
    for service in ("activities", "notifications"):
        chosen = variables(service)["TRISKEL_PUBLIC_URL"]["valueFrom"]["configMapKeyRef"]
        assert settings[chosen["key"]].startswith("https://")


@pytest.mark.parametrize("part", PARTS)
def test_kustomize_builds_a_folder_and_loses_nothing_of_it(part: str) -> None:
    here = HERE.parent / ".tools" / "bin" / "kustomize"
    tool = shutil.which("kustomize") or (str(here) if here.exists() else None)
    if tool is None:
        pytest.skip("no kustomize here: deploy/fetch-tools.sh fetches it where Go is")
    done = subprocess.run(
        [tool, "build", str(KUBERNETES / part)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    built = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(done.stdout)}
    assert set(built) == set(named(part))
    assert [offence(manifest) for manifest in built.values()] == [None] * len(built)


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_a_service_finds_its_own_database_under_the_name_that_the_operator_gives(
    service: str,
) -> None:
    pod = named("base")["StatefulSet", service]["spec"]["template"]["spec"]
    variables = {each["name"]: each for each in pod["containers"][0]["env"]}
    secret = variables["TRISKEL_DATABASE_URL"]["valueFrom"]["secretKeyRef"]
    clusters = {name for kind, name in named("postgres") if kind == "Cluster"}
    assert secret["name"].removesuffix("-app") in clusters
    assert secret == {"name": f"{service}-database-app", "key": "uri"}
    backup = named("postgres")["ScheduledBackup", f"{service}-database-nightly"]["spec"]
    assert backup["cluster"]["name"] == f"{service}-database"


def test_services_find_the_broker_that_the_operator_makes() -> None:
    bootstrap = named("base")["ConfigMap", "triskel"]["data"]["kafka-bootstrap"]
    kafka = named("kafka")["Kafka", "kafka"]
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    assert bootstrap == f"kafka-kafka-bootstrap.kafka.svc:{listener['port']}"
    # what acks=all promises needs two brokers that have it
    assert kafka["spec"]["kafka"]["config"]["min.insync.replicas"] == 2
    pool = named("kafka")["KafkaNodePool", "node"]
    assert pool["metadata"]["labels"]["strimzi.io/cluster"] == kafka["metadata"]["name"]
    assert pool["spec"]["replicas"] == 3


@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_a_service_grows_with_its_lag_and_never_past_the_partitions(service: str) -> None:
    scaled = named("scaling")["ScaledObject", service]["spec"]
    target = named("base")[scaled["scaleTargetRef"]["kind"], scaled["scaleTargetRef"]["name"]]
    assert scaled["minReplicaCount"] == target["spec"]["replicas"]
    heard = [topic.partitions for topic in CATALOGUE.values() if service in topic.readers]
    assert scaled["maxReplicaCount"] <= max(heard)
    query = scaled["triggers"][0]["metadata"]["query"]
    assert f'triskel_consumer_lag_records{{service="{service}"}}' in query


def test_in_the_cluster_nobody_speaks_to_anybody_unless_it_is_said() -> None:
    policies = [d for d in manifests("base") if d["kind"] == "NetworkPolicy"]
    closed = next(d for d in policies if d["spec"]["podSelector"] == {})
    assert closed["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed["spec"]
    # who may call sees no figures of the process, and who may watch calls nothing
    came_in = {
        policy["metadata"]["name"]: policy["spec"]["ingress"]
        for policy in policies
        if "ingress" in policy["spec"]
    }
    assert {
        name: [(rule["from"], [port["port"] for port in rule["ports"]]) for rule in rules]
        for name, rules in came_in.items()
    } == {
        name: [([{"namespaceSelector": {"matchLabels": {label: "true"}}}], [port])]
        for name, label, port in (
            ("http-in", "triskel/may-call", "http"),
            ("watch-in", "triskel/may-watch", "watch"),
        )
    }
    namespace = named("base")["Namespace", "triskel"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
