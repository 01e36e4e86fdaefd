"""What is switched off by a flag, and how a flag is read."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from flags import Flags
from tests.unit.api.doubles import Memory, Ml

QUESTION = {"model": "digits", "features": [0.0] * 64}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the API's flags. List it before `api`."""
    monkeypatch.setenv("FLAGS_DIR", str(tmp_path))
    return tmp_path


async def test_without_storage_a_prediction_is_answered_and_not_kept(
    folder: Path, api: httpx.AsyncClient, memory: Memory
) -> None:
    (folder / "store-predictions").write_text("off\n")
    answer = await api.post("/api/v1/predict", json=QUESTION, headers={"X-User-ID": "kim"})

    assert answer.status_code == 200
    given = answer.json()
    assert (given["stored"], given["user_id"], given["model"]) == (False, "kim", "digits")
    assert memory.kept == []
    assert (await api.get(f"/api/v1/predictions/{given['id']}")).status_code == 404


async def test_with_storage_it_says_so(api: httpx.AsyncClient, memory: Memory) -> None:
    answer = await api.post("/api/v1/predict", json=QUESTION)
    assert (answer.status_code, answer.json()["stored"]) == (201, True)
    assert len(memory.kept) == 1


async def test_a_storage_that_fails_hurts_nobody_once_it_is_switched_off(
    folder: Path, faults_token: dict[str, str], api: httpx.AsyncClient
) -> None:
    fault = {"point": "prediction.storage", "effect": "error", "lease_seconds": 15}
    await api.put("/faults/storage", json=fault, headers=faults_token)
    (folder / "store-predictions").write_text("on")
    assert (await api.post("/api/v1/predict", json=QUESTION)).status_code == 500
    (folder / "store-predictions").write_text("off")
    # The API looks again within a second.
    await asyncio.sleep(1)
    assert (await api.post("/api/v1/predict", json=QUESTION)).status_code == 200


async def test_a_model_that_is_switched_off_is_not_asked(
    folder: Path, api: httpx.AsyncClient, ml: Ml
) -> None:
    (folder / "model-digits").write_text("off")
    answer = await api.post("/api/v1/predict", json=QUESTION)

    assert answer.status_code == 409
    assert answer.json()["detail"] == "The model digits is switched off. Try again later."
    assert ml.requests == []
    other = {"model": "breast-cancer", "features": [0.0] * 30}
    assert (await api.post("/api/v1/predict", json=other)).status_code == 201


async def test_prometheus_is_told_what_is_on(folder: Path, api: httpx.AsyncClient) -> None:
    (folder / "model-digits").write_text("off")
    text = (await api.get("/metrics")).text
    assert 'feature_flag_enabled{flag="model-digits"} 0.0' in text
    assert 'feature_flag_enabled{flag="store-predictions"} 1.0' in text


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(seconds=0.0)


@pytest.fixture
def flags(tmp_path: Path, clock: SimpleNamespace) -> Flags:
    flags = Flags(lambda: clock.seconds)
    flags.set_up(tmp_path, ["one"])
    return flags


def test_a_file_is_read_again_after_a_second(
    flags: Flags, tmp_path: Path, clock: SimpleNamespace
) -> None:
    assert flags.is_on("one")
    (tmp_path / "one").write_text("off")
    clock.seconds = 0.9
    assert flags.is_on("one")
    clock.seconds = 1.0
    assert not flags.is_on("one")
    (tmp_path / "one").unlink()
    clock.seconds = 2.0
    assert flags.is_on("one")


@pytest.mark.parametrize("slip", [b"", b"of", b"OFF", b"\xff\xfe", b"off off"])
def test_a_slip_of_the_pen_switches_nothing(
    flags: Flags, tmp_path: Path, clock: SimpleNamespace, slip: bytes
) -> None:
    (tmp_path / "one").write_text("off")
    assert not flags.is_on("one")
    (tmp_path / "one").write_bytes(slip)
    clock.seconds = 1.0
    assert not flags.is_on("one")


def test_a_name_that_is_no_flag_is_an_error(flags: Flags) -> None:
    with pytest.raises(KeyError):
        flags.is_on("two")
