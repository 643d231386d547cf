import random

import pytest
from stdnum.iso7064 import mod_37_36

from certificates.errors import CertificateNumberError
from certificates.levels import Level
from certificates.numbers import (
    NUMBER_ALPHABET,
    check_character,
    level_of_number,
    new_number,
    normalize_number,
)

NUMBER = "CPS3-26-7QX4M3KD94-6"


@pytest.fixture
def numbers():
    chance = random.Random(7)
    levels = list(Level)
    return [new_number(levels[index % 3], 2026, chance.randrange) for index in range(4000)]


class TestNewNumber:
    def test_agrees_with_an_independent_implementation(self, numbers):
        for number in numbers:
            assert mod_37_36.is_valid(number.replace("-", ""))

    def test_uses_only_its_alphabet(self, numbers):
        assert all(set(number[8:].replace("-", "")) <= set(NUMBER_ALPHABET) for number in numbers)

    def test_names_level_and_year(self):
        number = new_number(Level.SENIOR, 2031, lambda bound: 5 % bound)

        assert number.startswith("CPS3-31-")
        assert level_of_number(number) is Level.SENIOR

    def test_draws_again_until_the_check_character_is_in_the_alphabet(self):
        draws = []

        def count(bound):
            draws.append(bound)
            return len(draws) // 10 % bound

        number = new_number(Level.JUNIOR, 2026, count)

        assert number[-1] in NUMBER_ALPHABET
        assert len(draws) > 10


class TestCheckCharacter:
    @pytest.mark.parametrize("payload", ["", "A", "CPS3267QX4M3KD94", "0123456789ABCDEFXYZ"])
    def test_agrees_with_an_independent_implementation(self, payload):
        assert check_character(payload) == mod_37_36.calc_check_digit(payload)


class TestNormalizeNumber:
    def test_every_number_is_its_own_canonical_form(self, numbers):
        assert [normalize_number(number) for number in numbers] == numbers

    @pytest.mark.parametrize(
        "typed",
        [
            NUMBER,
            NUMBER.lower(),
            NUMBER.replace("-", ""),
            NUMBER.replace("-", "–"),
            NUMBER.replace("-", "——"),
            NUMBER.replace("-", "－"),
            f"  {NUMBER}\n",
            "ＣＰＳ３－２６－７ＱＸ４Ｍ３ＫＤ９４－６",
            "CPS3 26 7QX4 M3KD 94 6",
            "\u200bCPS3-26-7QX4\u00adM3KD94-6\ufeff",
            "\u202dCPS3-26-7QX4M3KD94-6\u202c",
        ],
    )
    def test_forgives(self, typed):
        assert normalize_number(typed) == NUMBER

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("", "shape"),
            ("CPS4-26-7QX4M3KD94-6", "shape"),
            ("CPS3-26-7QX4M3KD9-6", "shape"),
            ("CPS3-26-7QX4M3KD940-6", "shape"),
            ("CPS3-26-7QX4M3KD9O-6", "shape"),
            ("CPS3-26-7QX4M3\u041aD94-6", "characters"),  # Cyrillic К
            ("CPS3-26-7QX4M3KD94-六", "characters"),
            ("CPS3-26-7QX4M3KD94-7", "check_character"),
            ("CPS2-26-7QX4M3KD94-6", "check_character"),
            ("CPS3-26-7QX4M3KD94-6" * 4, "too_long"),
            ("١٢" + NUMBER, "characters"),
        ],
    )
    def test_refuses(self, typed, code):
        with pytest.raises(CertificateNumberError) as caught:
            normalize_number(typed)
        assert caught.value.code == code

    def test_finds_every_single_slip(self, numbers):
        chance = random.Random(8)
        for number in numbers:
            flat = number.replace("-", "")
            place = chance.randrange(6, len(flat))
            wrong = chance.choice([each for each in NUMBER_ALPHABET if each != flat[place]])
            with pytest.raises(CertificateNumberError):
                normalize_number(flat[:place] + wrong + flat[place + 1 :])

    def test_finds_nearly_every_swap_of_neighbours(self, numbers):
        undetected = swaps = 0
        for number in numbers:
            flat = number.replace("-", "")
            for place in range(6, len(flat) - 2):
                if flat[place] == flat[place + 1]:
                    continue
                swaps += 1
                pair = flat[place + 1] + flat[place]
                undetected += mod_37_36.is_valid(flat[:place] + pair + flat[place + 2 :])
        assert undetected / swaps < 0.002
