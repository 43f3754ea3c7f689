"""One state, one announcement per commit."""

from __future__ import annotations

from diag_gui.evaluation.params import EvaluationParams
from diag_gui.session.state import CHANGE_OF_FIELD, Change, SessionState
from diag_gui.session.store import SessionStore


def test_a_commit_of_several_fields_is_announced_once(qtbot):
    store = SessionStore()
    heard = []
    store.changed.connect(lambda change, origin: heard.append((change, origin, store.state.current, store.state.params)))
    params = EvaluationParams(iou_threshold=0.7)
    store.commit("here", params=params, current=4)
    assert heard == [(Change.PARAMS | Change.CURRENT, "here", 4, params)]


def test_the_same_object_again_is_no_change(qtbot):
    store = SessionStore()
    params = EvaluationParams()
    store.commit(params=params)
    with qtbot.assertNotEmitted(store.changed):
        assert store.commit(params=params) == Change(0)


def test_a_panel_that_commits_while_a_commit_is_announced_is_stopped(qtbot):
    store = SessionStore()
    store.changed.connect(lambda _change, _origin: store.commit(current=9))
    with qtbot.captureExceptions() as errors:
        store.commit(current=1)
    assert [kind for kind, _error, _trace in errors] == [RuntimeError]
    assert "inside another commit" in str(errors[0][1])
    assert store.state.current == 1


def test_every_field_of_the_state_belongs_to_a_kind_of_change():
    fields = set(SessionState.__dataclass_fields__)
    assert fields == set(CHANGE_OF_FIELD)
