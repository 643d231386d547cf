from pathlib import Path

import pytest
import yaml

from certificates.errors import ContentError
from certificates.levels import Level
from certificates.loading import load_programme, load_programmes, parse_programme

PATH = Path("junior.yaml")


@pytest.fixture
def text_of(programme_fields):
    """Return a function that writes a programme file with changed fields."""

    def write(**changes):
        fields = programme_fields | changes
        document = {"lang": "zh-Hans", "programme": fields}
        return yaml.safe_dump(document, allow_unicode=True)

    return write


class TestShippedProgrammes:
    def test_are_the_three_levels_and_a_demonstration(self):
        by_id = {programme.id: programme for programme in load_programmes()}

        assert {name: one.level for name, one in by_id.items()} == {
            "junior": Level.JUNIOR,
            "junior-demo": Level.JUNIOR,
            "intermediate": Level.INTERMEDIATE,
            "senior": Level.SENIOR,
        }
        assert [name for name, one in by_id.items() if one.is_demo] == ["junior-demo"]

    def test_each_level_asks_for_the_one_below_and_for_practice(self):
        by_id = {programme.id: programme for programme in load_programmes()}
        asked = {
            name: (one.least_logged("sessions"), one.least_logged("training"))
            for name, one in by_id.items()
        }

        assert asked["intermediate"] == (10, 24)
        assert asked["senior"] == (30, 40)
        assert by_id["senior"].contest is not None
        assert by_id["senior"].room.forecast_weight == 0.15
        assert list(by_id["intermediate"].rooms) == ["room", "room_2"]

    def test_the_junior_level_is_as_ruled(self):
        junior = next(each for each in load_programmes() if each.id == "junior")

        assert (junior.theory.minutes, junior.theory.cut_fraction) == (60, 0.6)
        assert (junior.room.cut_score, junior.room.speed) == (33, 4)
        assert (junior.validity_years, junior.part_valid_months) == (1, 6)
        assert (junior.retake_days, junior.max_per_quarter) == (3, 3)
        assert junior.ref == "junior@2"
        assert (junior.refresher.minutes, junior.refresher.cut_fraction) == (30, 0.6)


class TestParseProgramme:
    def test_reads_what_was_written(self, text_of, programme):
        assert parse_programme(text_of(), PATH) == programme

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"surprise": 1}, "surprise"),
            ({"level": "expert"}, "level"),
            ({"version": "1"}, "version"),
            ({"version": True}, "version"),
            ({"is_demo": "no"}, "is_demo"),
            ({"title": ""}, "title"),
            ({"validity_years": 0}, "validity_years"),
            ({"prerequisites": [{"kind": "credential"}]}, "prerequisites.0.level"),
            ({"theory": {"blueprint_ref": "x", "minutes": 1, "cut_fraction": 0}}, "blueprint_ref"),
            ({"theory": {"blueprint_ref": "x@1", "minutes": 1, "cut_fraction": 2}}, "cut_fraction"),
            ({"max_per_quarter": 0}, "max_per_quarter"),
        ],
    )
    def test_names_file_id_and_field(self, text_of, changes, field):
        with pytest.raises(ContentError) as caught:
            parse_programme(text_of(**changes), PATH)
        message = str(caught.value)
        assert message.startswith("junior.yaml: programme junior: ")
        assert field in message

    def test_reports_every_problem_of_a_file_at_once(self, text_of):
        with pytest.raises(ContentError) as caught:
            parse_programme(text_of(version=0, retake_days=-1, surprise=1), PATH)
        assert len(caught.value.problems) == 3

    def test_weights_must_add_up(self, text_of, programme_fields):
        odd = programme_fields["room"] | {"forecast_weight": 0.2}
        with pytest.raises(ContentError, match=r"room: .*add up to 1"):
            parse_programme(text_of(room=odd), PATH)

    def test_a_missing_field_is_named(self, text_of, programme_fields):
        del programme_fields["validity_years"]
        with pytest.raises(ContentError, match="validity_years: Field required"):
            parse_programme(text_of(), PATH)

    def test_the_same_key_twice_is_an_error(self, text_of):
        with pytest.raises(ContentError, match="'version' occurs twice"):
            parse_programme(text_of() + "  version: 2\n", PATH)

    @pytest.mark.parametrize("text", ["", "[]", "lang: zh-Hans", "programme: 3", "{", "a: *b"])
    def test_refuses_what_is_no_programme(self, text):
        with pytest.raises(ContentError):
            parse_programme(text, PATH)

    def test_refuses_python_objects(self):
        with pytest.raises(ContentError, match="YAML"):
            parse_programme("!!python/object/apply:os.system [ls]", PATH)

    def test_the_file_is_named_after_the_programme(self, text_of):
        with pytest.raises(ContentError, match=r"junior\.yaml"):
            parse_programme(text_of(), Path("senior.yaml"))


class TestLoadProgrammes:
    def test_reads_a_folder(self, tmp_path, text_of, programme):
        (tmp_path / "junior.yaml").write_text(text_of(), encoding="utf-8")
        assert load_programmes(tmp_path) == (programme,)

    def test_an_empty_folder_is_an_error(self, tmp_path):
        with pytest.raises(ContentError, match="no programme"):
            load_programmes(tmp_path)

    def test_a_file_that_is_no_text_is_an_error(self, tmp_path):
        path = tmp_path / "junior.yaml"
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ContentError, match="not readable"):
            load_programme(path)
