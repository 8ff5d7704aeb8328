"""What the composition promises: who has which key, who reaches whom, and who may write where."""

import re
from typing import Any

import pytest
import yaml

from lucidpay.doctor.holdings import FREE_MIN_BYTES, MIB
from lucidpay.run.roles import ROLES
from lucidpay.run.secrets import secrets_make
from tests.image.composed import COMPOSE, composed, ours

GIVEN = {"TRON_NETWORK": "nile", "ALLOWED_HOSTS": "pay.example.org"}
SERVICES = ours(**GIVEN)
WHOLE = composed(**GIVEN)
KEYS = {"vault_key": "worker", "webhook_vault_key": "sender"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_as_nobody_on_a_tree_that_nobody_writes(name: str) -> None:
    one = SERVICES[name]
    assert one["user"] == "65532:65532"
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert all("noexec" in place for place in one["tmpfs"])
    assert set(one["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert one["command"][0] in ROLES


@pytest.mark.parametrize("secret", KEYS)
def test_a_key_that_opens_boxes_is_one_service_s_alone(secret: str) -> None:
    have = [name for name, one in WHOLE["services"].items() if secret in one.get("secrets", ())]
    assert have == [KEYS[secret]]


def test_each_named_secret_is_mounted_and_nothing_else_is() -> None:
    for name, one in SERVICES.items():
        files = {
            value.removeprefix("/run/secrets/")
            for variable, value in one.get("environment", {}).items()
            if variable.endswith("_FILE")
        }
        assert files == set(one.get("secrets", ())), name


def test_each_mounted_secret_is_one_that_can_be_made(tmp_path: Any) -> None:
    made = {path.name for path in secrets_make(tmp_path, database="postgres", redis="redis")}
    assert set(WHOLE["secrets"]) == made
    assert {f"./secrets/{name}" for name in made} == {
        one["file"] for one in WHOLE["secrets"].values()
    }


def test_the_doctor_has_its_room_for_temporary_files_in_every_container() -> None:
    manifests = "".join(one.read_text() for one in (COMPOSE.parent / "kubernetes").glob("*.yaml"))
    in_pods = re.findall(r"emptyDir: \{sizeLimit: (\d+)Mi\}", manifests)
    assert len(in_pods) == manifests.count("emptyDir") == manifests.count("mountPath: /tmp}")
    in_containers = [
        re.search(r"^/tmp:.*size=(\d+)m", place)[1]  # type: ignore[index]
        for one in SERVICES.values()
        for place in one["tmpfs"]
    ]
    assert len(in_containers) == len(SERVICES)
    for size_mib in map(int, (*in_pods, *in_containers)):
        assert size_mib * MIB >= FREE_MIN_BYTES


def test_the_commands_of_the_backup_guide_find_their_role_and_their_place() -> None:
    one = composed(BACKUP="/mnt/nas", **GIVEN)["services"]["postgres"]
    given = one["environment"]
    places = dict(volume.split(":")[::-1] for volume in one["volumes"])
    assert given["PGUSER"] == given["POSTGRES_USER"] == given["POSTGRES_DB"]
    assert places[given["BACKUP"]] == "/mnt/nas"
    # What is given on the command line could be changed neither by the guide nor for its drill.
    assert not [word for word in one["command"] if "archive" in word]


def networks_of(name: str) -> set[str]:
    return set(WHOLE["services"][name].get("networks", ()))


def test_the_web_alone_is_reached_from_outside() -> None:
    published = {name: one["ports"] for name, one in WHOLE["services"].items() if "ports" in one}
    # People look at graphs from this machine, or through a tunnel.
    assert published == {"web": ["127.0.0.1:8097:8080"], "grafana": ["127.0.0.1:3000:3000"]}


def is_way_out(network: dict[str, Any] | None) -> bool:
    """Whether what begins inside a network can leave it."""
    found = network or {}
    masquerades = "com.docker.network.bridge.enable_ip_masquerade"
    return not found.get("internal") and found.get("driver_opts", {}).get(masquerades) != "false"


def test_the_ways_out_are_the_worker_s_to_nodes_and_the_sender_s_to_receivers() -> None:
    outward = {name for name, network in WHOLE["networks"].items() if is_way_out(network)}
    ways = {name: networks_of(name) & outward for name in WHOLE["services"]}
    assert {name: found for name, found in ways.items() if found} == {
        "worker": {"nodes"},
        "sender": {"receivers"},
        "gate": {"nodes"},
        "sandbox": {"nodes"},
    }


def test_the_servers_are_reached_from_within_only() -> None:
    assert networks_of("postgres") == networks_of("redis") == {"data"}


def test_what_waits_for_secrets_can_be_left_out_of_the_first_apply() -> None:
    """The guide applies what has no role first: namespace, settings, policies."""
    text = (COMPOSE.parent / "kubernetes" / "lucidpay.yaml").read_text()
    found = list(yaml.safe_load_all(text))
    with_role = {one["kind"] for one in found if "role" in one["metadata"].get("labels", {})}
    without = {one["kind"] for one in found if "role" not in one["metadata"].get("labels", {})}
    assert with_role == {"Deployment"}
    assert without == {"Namespace", "ConfigMap", "NetworkPolicy", "Service"}


def test_the_guide_stops_all_that_works_before_it_migrates_with_a_new_job() -> None:
    """And starts it again by applying the file, where each of them has its number."""
    folder = COMPOSE.parent
    steps = re.search(
        r"^```sh upgrade\n(.*?)^```$",
        (folder.parent / "docs" / "deployment.md").read_text(),
        re.DOTALL | re.MULTILINE,
    )
    assert steps
    found = list(yaml.safe_load_all((folder / "kubernetes" / "lucidpay.yaml").read_text()))
    deployed = {one["metadata"]["name"]: one for one in found if one["kind"] == "Deployment"}
    works = [name for name in deployed if name != "web"]
    assert all(deployed[name]["spec"]["replicas"] for name in works)
    assert steps[1].replace(" &&\n", "\n").splitlines() == [
        f"kubectl -n lucidpay scale deployment {' '.join(works)} --replicas=0",
        "kubectl -n lucidpay wait --for=delete pod"
        f" -l 'role in ({', '.join(works)})' --timeout=180s",
        "kubectl -n lucidpay delete job migrate --ignore-not-found",
        "kubectl apply -f migrate.yaml",
        "kubectl -n lucidpay wait --for=condition=complete job/migrate --timeout=30m",
        "kubectl apply -f lucidpay.yaml",
    ]
