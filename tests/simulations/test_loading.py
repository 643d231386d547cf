import pytest
import yaml

from simulations import loading
from simulations.errors import ScenarioError
from simulations.loading import load_scenario, parse_scenario, shipped_scenarios


class TestParseScenario:
    def test_reads_a_scenario(self, mapping):
        scenario = parse_scenario(mapping)

        assert scenario.ref == "tiny@1"
        assert scenario.duration_ticks == 240
        assert scenario.products[1].restock.max_units == 20

    def test_names_every_fault_at_once(self, mapping):
        mapping["duration_min"] = 5
        mapping["products"][0]["refund_fraction"] = 1.5
        mapping["products"][1]["colour"] = "blue"
        del mapping["market"]["pool"]

        with pytest.raises(ScenarioError) as caught:
            parse_scenario(mapping, "rooms/tiny.yaml")

        found = "\n".join(caught.value.problems)
        assert all(line.startswith("rooms/tiny.yaml: tiny: ") for line in caught.value.problems)
        assert "duration_min: Input should be greater than or equal to 10" in found
        assert "products.0.refund_fraction: Input should be less than or equal to 0.9" in found
        assert "products.1.colour: Extra inputs are not permitted" in found
        assert "market.pool: Field required" in found

    def test_refuses_a_number_written_as_text(self, mapping):
        mapping["audience"]["followers"] = "1000"

        with pytest.raises(ScenarioError, match=r"audience\.followers"):
            parse_scenario(mapping)

    def test_refuses_what_is_not_plain_data(self, mapping):
        mapping["audience"]["follow_per_min"] = float("nan")

        with pytest.raises(ScenarioError, match="not plain data"):
            parse_scenario(mapping)

    @pytest.mark.parametrize(
        ("path", "value", "message"),
        [
            (("products", 1, "code"), "socks", "ids must differ"),
            (("incidents", 1, "id"), "size-comments", "ids must differ"),
            (("incidents", 0, "id"), "compliance", "taken by warnings"),
            (("incidents", 0, "choices", 1, "id"), "freight", "ids must differ"),
            (("compliance", "choices", 0, "clears"), False, "none clears"),
            (("compliance", "answer_min"), 2, "30 s on the wall"),
            (("products", 2, "cost_fen"), 12900, "not below"),
            (("benefits", "lucky_bag", "least_fen"), 6000, "lucky_bag"),
            (("incidents", 0, "sign_min"), 6, "sign_min"),
            (("incidents", 1, "lasts_min"), 9, "beyond the session"),
            (("incidents", 0, "lasts_min"), 2, "30 s on the wall"),
            (("phases", 1, "until_min"), 19, "phases"),
            (("audience", "fans_curve", 1, "minute"), 0, "must rise"),
        ],
    )
    def test_checks_what_belongs_together(self, mapping, path, value, message):
        place = mapping
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

        with pytest.raises(ScenarioError, match=message):
            parse_scenario(mapping)


class TestLoadScenario:
    def test_reads_a_file(self, mapping, tmp_path):
        path = tmp_path / "tiny.yaml"
        path.write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")

        assert load_scenario(path) == parse_scenario(mapping)

    @pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n", "null\n"])
    def test_names_the_file_that_is_no_scenario(self, text, tmp_path):
        path = tmp_path / "odd.yaml"
        path.write_text(text, encoding="utf-8")

        with pytest.raises(ScenarioError, match=r"odd\.yaml"):
            load_scenario(path)

    def test_names_the_file_that_is_not_there(self, tmp_path):
        with pytest.raises(ScenarioError, match=r"none\.yaml"):
            load_scenario(tmp_path / "none.yaml")


class TestShippedScenarios:
    @pytest.fixture
    def folder(self, monkeypatch, tmp_path):
        monkeypatch.setattr(loading, "CONTENT_DIR", tmp_path)
        loading._shipped.cache_clear()
        yield tmp_path
        loading._shipped.cache_clear()

    def write(self, folder, mapping, name, version):
        text = yaml.safe_dump({**mapping, "version": version}, allow_unicode=True)
        (folder / name).write_text(text, encoding="utf-8")

    def test_gives_the_newest_version_of_each(self, folder, mapping):
        self.write(folder, mapping, "tiny.yaml", 2)
        self.write(folder, mapping, "tiny@1.yaml", 1)

        assert [one.ref for one in shipped_scenarios().values()] == ["tiny@2"]

    def test_refuses_one_version_twice(self, folder, mapping):
        self.write(folder, mapping, "a.yaml", 1)
        self.write(folder, mapping, "b.yaml", 1)

        with pytest.raises(ScenarioError, match="tiny@1 exists twice"):
            shipped_scenarios()


class TestContentHash:
    def test_is_of_the_content_not_of_its_spelling(self, mapping):
        reordered = dict(reversed(list(mapping.items())))

        assert parse_scenario(mapping).content_hash() == parse_scenario(reordered).content_hash()

    def test_changes_with_any_field(self, mapping):
        before = parse_scenario(mapping).content_hash()
        mapping["products"][0]["comments"][0] = "换一句"

        assert parse_scenario(mapping).content_hash() != before
