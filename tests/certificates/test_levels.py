import pytest

from certificates.labels import LEVEL_LABELS, STATUS_LABELS, achievement, certificate_title
from certificates.levels import Level
from certificates.validity import CredentialStatus


class TestLevel:
    def test_numbers_go_up_with_the_level(self):
        assert [level.number for level in Level] == [1, 2, 3]

    @pytest.mark.parametrize("level", Level)
    def test_is_found_by_its_number(self, level):
        assert Level.of_number(level.number) is level

    @pytest.mark.parametrize("number", [-1, 0, 4])
    def test_refuses_other_numbers(self, number):
        with pytest.raises(ValueError, match=str(number)):
            Level.of_number(number)


class TestLabels:
    def test_every_code_has_words(self):
        assert set(LEVEL_LABELS) == set(Level)
        assert set(STATUS_LABELS) == set(CredentialStatus)

    @pytest.mark.parametrize("level", Level)
    def test_titles_claim_no_state_qualification(self, level):
        for text in (certificate_title(level), *achievement(level)):
            assert "职业资格" not in text
            assert "职业技能等级" not in text

    def test_title_of_the_junior_certificate(self):
        assert certificate_title(Level.JUNIOR) == "直播电商操盘手认证证书（初级）"
