"""What the template allows, runs and saves: policies, secrets, tasks, the function, the queries."""

import re
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.console import ROOT
from tests.contracts import repository
from tests.contracts.test_aws import ALARMS, DOCUMENT, RESOURCES, everything, of_type, words

# The specification's 4.4, typed from it.
SPECIFIED = {
    "errors": """\
fields @timestamp, @message
| filter level = "ERROR"
| sort @timestamp desc
| limit 100
""",
    "latency": """\
fields @timestamp, duration_ms, path
| filter duration_ms > 1000
| stats avg(duration_ms) as avg_latency,
        max(duration_ms) as max_latency,
        count(*) as count
  by path
""",
    "users": """\
fields @timestamp, user_id
| stats count(*) as request_count by user_id
| sort request_count desc
| limit 20
""",
}


def statements() -> list[dict[str, Any]]:
    """Return every statement of every policy."""
    found = [value for key, value in everything(RESOURCES) if key == "Statement"]
    return list(chain.from_iterable(found))


def test_no_policy_allows_more_than_it_names() -> None:
    assert statements()
    for statement in statements():
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert "*" not in action
        assert statement.get("Principal") != "*"
        assert "NotAction" not in statement


def test_everything_that_stays_is_named_where_iam_knows_resources() -> None:
    nameless = {"ecr:GetAuthorizationToken", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    for role in of_type("AWS::IAM::Role").values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Resource"] != "*" or set(statement["Action"]) <= nameless


def test_only_alarms_of_this_stack_may_publish() -> None:
    policies = of_type("AWS::SNS::TopicPolicy")
    assert len(policies) == 3
    for policy in policies.values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Action"] == "sns:Publish"
        conditions = statement["Condition"]
        assert conditions["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
        assert conditions["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":alarm:${Project}-*")
    for topic in of_type("AWS::SNS::Topic").values():
        assert topic["KmsMasterKeyId"] == {"Ref": "TopicKey"}


def test_no_secret_has_a_value_here() -> None:
    for secret in of_type("AWS::SecretsManager::Secret").values():
        assert secret.keys() == {"Name", "Description", "Tags"}
    secret_parameters = [one for one in DOCUMENT["Parameters"].values() if one.get("NoEcho")]
    assert [one["Default"] for one in secret_parameters] == [""]
    for task in of_type("AWS::ECS::TaskDefinition").values():
        for container in task["ContainerDefinitions"]:
            names = {variable["Name"] for variable in container["Environment"]}
            assert not {one for one in names if re.search(r"PASSWORD$|TOKEN$|KEY$", one)}


def test_every_parameter_says_what_it_takes() -> None:
    for parameter in DOCUMENT["Parameters"].values():
        bounds = {"AllowedPattern", "AllowedValues", "MinValue"} & parameter.keys()
        assert len(bounds) == 1
        assert parameter["ConstraintDescription"].startswith("must be ")
        assert parameter["Description"]


def test_services_get_the_variables_that_compose_gives_them() -> None:
    """But for what is the laptop's alone: AWS' address, faults, flags, lines sent by themselves."""
    laptops = {"FAULTS_TOKEN_FILE", "FLAGS_DIR", "CLOUDWATCH_LOG_GROUP", "OPENBLAS_NUM_THREADS"}
    for service in ("api", "ml"):
        compose = repository.services()[service]["environment"].keys()
        wanted = {one for one in compose - laptops if not one.startswith("AWS_")}
        task = of_type("AWS::ECS::TaskDefinition")[f"{service.capitalize()}Task"]
        given = {variable["Name"] for variable in task["ContainerDefinitions"][0]["Environment"]}
        # The local trace view finds the log of a span by itself.
        assert given - {"OTEL_RESOURCE_ATTRIBUTES"} == wanted


def test_containers_may_write_nowhere() -> None:
    for task in of_type("AWS::ECS::TaskDefinition").values():
        for container in task["ContainerDefinitions"]:
            assert container["ReadonlyRootFilesystem"] is True
            assert container["HealthCheck"]["Command"][0] == "CMD"
            assert container["LogConfiguration"]["LogDriver"] == "awslogs"


def test_the_function_is_the_file() -> None:
    function = of_type("AWS::Lambda::Function")["Notifier"]

    assert function["Code"]["ZipFile"] == (ROOT / "deploy/aws/notifier.py").read_text()


def test_saved_queries_begin_with_what_they_answer() -> None:
    saved = of_type("AWS::Logs::QueryDefinition")
    files = {file.stem: file.read_text() for file in (ROOT / "deploy/aws/queries").iterdir()}

    assert {one["Name"]["Fn::Sub"] for one in saved.values()} == {
        f"${{Project}}/{stem}" for stem in files
    }
    assert {one["QueryString"] for one in saved.values()} == set(files.values())
    for text in files.values():
        assert re.match(r"# [A-Z].+\.\n", text)
    assert len(files) == 8


@pytest.mark.parametrize("stem", SPECIFIED)
def test_the_specifications_queries_are_saved_to_the_letter(stem: str) -> None:
    text = (ROOT / f"deploy/aws/queries/{stem}.logs").read_text()

    assert text.partition("\n")[2] == SPECIFIED[stem]


def test_the_page_names_every_parameter_alarm_and_kind_of_resource() -> None:
    page = (ROOT / "docs/aws.md").read_text()
    kinds = {tuple(one["Type"].split("::")[1:]) for one in RESOURCES.values()}
    named = [*DOCUMENT["Parameters"], *{words(alarm)["alertname"] for alarm in ALARMS.values()}]

    assert [one for one in named if one not in page] == []
    assert [kind for _, kind in kinds if kind not in page] == []


def test_the_api_gets_its_password_through_a_pipe_and_nowhere_else(tmp_path: Path) -> None:
    """In the container nothing may be written, and the API reads a file."""
    (api,) = (
        container
        for container in of_type("AWS::ECS::TaskDefinition")["ApiTask"]["ContainerDefinitions"]
        if container["Name"] == "api"
    )
    (file,) = (
        variable["Value"]
        for variable in api["Environment"]
        if variable["Name"] == "DATABASE_PASSWORD_FILE"
    )
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$*:${{DATABASE_PASSWORD-none}}"\ncat {file}\n')
    program.chmod(0o755)
    typed = 'p$HOME`id`"\\ END'

    told = subprocess.run(  # noqa: S603 - the template's own words
        api["Command"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "DATABASE_PASSWORD": typed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told == f"-m api:none\n{typed}\n"
