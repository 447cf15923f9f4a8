from challenges.memo import Memo


def test_never_grows_past_its_capacity():
    memo: Memo[int, str] = Memo(8)
    for number in range(100):
        memo.put(number, "x")

    assert len(memo) <= 8


def test_keeps_what_is_used():
    memo: Memo[int, str] = Memo(8)
    memo.put(-1, "used")
    for number in range(100):
        memo.put(number, "x")
        memo.get(-1)

    assert memo.get(-1) == "used"


def test_forgets_what_is_not_used():
    memo: Memo[int, str] = Memo(8)
    for number in range(9):
        memo.put(number, "x")

    assert memo.get(0) is None


def test_putting_again_replaces():
    memo: Memo[str, int] = Memo(2)
    memo.put("a", 1)
    memo.put("a", 2)

    assert (memo.get("a"), len(memo)) == (2, 1)
