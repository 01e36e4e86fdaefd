import pytest

from deploy.aws.standin.retries import PolicyError, function, http


def test_sns_tries_three_times_more_20_s_apart() -> None:
    assert http(None) == (20, 20, 20)


def test_a_policy_has_four_phases() -> None:
    policy = {
        "numRetries": 8,
        "numNoDelayRetries": 1,
        "numMinDelayRetries": 2,
        "numMaxDelayRetries": 2,
        "minDelayTarget": 1,
        "maxDelayTarget": 60,
        "backoffFunction": "linear",
    }

    assert http(policy) == (0, 1, 1, 1, 30.5, 60, 60, 60)


@pytest.mark.parametrize("shape", ["linear", "arithmetic", "geometric", "exponential"])
def test_every_backoff_goes_from_the_least_delay_to_the_greatest(shape: str) -> None:
    waits = http(
        {"numRetries": 10, "minDelayTarget": 2, "maxDelayTarget": 50, "backoffFunction": shape}
    )

    assert waits[0] == 2
    assert waits[-1] == 50
    assert list(waits) == sorted(waits)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"numRetries": 101}, "numRetries"),
        ({"numRetries": 1, "numNoDelayRetries": 2}, "more retries than numRetries"),
        ({"minDelayTarget": 30}, "delays"),
        ({"maxDelayTarget": 3601}, "delays"),
        ({"minDelayTarget": 0}, "delays"),
        ({"backoffFunction": "random"}, "backoffFunction"),
        ({"numRetries": 100, "minDelayTarget": 60, "maxDelayTarget": 60}, "longer than 3600"),
    ],
)
def test_what_sns_would_refuse_is_refused(policy: dict[str, object], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        http(policy)


def test_lambda_calls_a_function_twice_more() -> None:
    assert function() == (60, 120)
    assert function(0) == ()


def test_lambda_has_no_more_retries() -> None:
    with pytest.raises(PolicyError, match="MaximumRetryAttempts"):
        function(3)
