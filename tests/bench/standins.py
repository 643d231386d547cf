"""What a newcomer would take instead: the same room on SimPy and on Mesa.

`simpy_ticks` drives the product's own plain-Python step by a SimPy process: equal work a tick, the
framework's overhead on top. `simpy_viewers` and `mesa_viewers` are the idioms of their tutorials,
a process or an agent a viewer, at the scenario's rates but without operator, feedback or incidents:
a simpler model than the product's.
"""

from __future__ import annotations

import random
from typing import Any

import mesa
import simpy

from simulations.engines.engine import PlainEngine
from simulations.scenarios import TICK_S, Scenario
from simulations.states import RoomKeys, setting_for


def simpy_ticks(scenario: Scenario, keys: RoomKeys, ticks: int) -> None:
    """Run the plain engine under SimPy, an event a tick."""
    engine = PlainEngine()
    setting = engine.prepare(setting_for(scenario))
    room = engine.begin(setting, keys.macro)
    rows = engine.rows([])
    environment = simpy.Environment()

    def live() -> Any:
        while True:
            until = int(environment.now) + 1
            engine.advance(room, setting, (keys.macro, keys.micro), rows, 0, until)
            yield environment.timeout(1)

    environment.process(live())
    environment.run(until=ticks)


class Tray:
    """Who buys what, for both viewer models: a logit over the tray, one product in focus."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.random = random.Random(seed)
        self.products = scenario.products
        self.stock = [product.stock for product in scenario.products]
        self.side = scenario.audience.side_attention
        self.pinned, self.gmv_fen = 0, 0

    def buy(self, channel: int) -> None:
        """Let one viewer look once and perhaps buy."""
        weights = [
            (1.0 if p == self.pinned else self.side) * product.appeal.numbers[channel]
            for p, product in enumerate(self.products)
        ]
        at = self.random.random() * (1.0 + sum(weights))
        for p, weight in enumerate(weights):
            at -= weight
            if at < 0.0:
                if self.stock[p] > 0:
                    self.stock[p] -= 1
                    self.gmv_fen += self.products[p].list_price_fen
                return

    def rotate(self) -> None:
        """Turn to the next product."""
        self.pinned = (self.pinned + 1) % len(self.products)


def _rates(scenario: Scenario) -> tuple[tuple[float, float, float], ...]:
    """Return arrivals, leaving and looks a minute of fans and of the public feed."""
    audience = scenario.audience
    leave, looks = audience.leave_per_min.numbers, audience.looks_per_min.numbers
    return (
        (audience.fans_per_min, leave[0], looks[0]),
        (audience.public_per_min, leave[1], looks[1]),
    )


def simpy_viewers(scenario: Scenario, seed: int, minutes: int) -> int:
    """Run a SimPy process for each viewer; return the GMV in fen."""
    environment, tray = simpy.Environment(), Tray(scenario, seed)
    chance = tray.random

    def viewer(channel: int, leave: float, looks: float) -> Any:
        gone_at = environment.now + chance.expovariate(leave)
        while True:
            wait = chance.expovariate(looks)
            if environment.now + wait >= gone_at:
                yield environment.timeout(gone_at - environment.now)
                return
            yield environment.timeout(wait)
            tray.buy(channel)

    def arrivals(channel: int, rate: float, leave: float, looks: float) -> Any:
        while True:
            yield environment.timeout(chance.expovariate(rate))
            environment.process(viewer(channel, leave, looks))

    def rundown() -> Any:
        while True:
            yield environment.timeout(scenario.house.rotate_min)
            tray.rotate()

    for channel, rates in enumerate(_rates(scenario)):
        environment.process(arrivals(channel, *rates))
    environment.process(rundown())
    environment.run(until=minutes)
    return tray.gmv_fen


class Viewer(mesa.Agent):
    """One viewer of the Mesa model: may leave, may look, at each tick."""

    def __init__(self, model: MesaRoom, channel: int, leave: float, looks: float) -> None:
        super().__init__(model)
        self.channel, self.leave, self.looks = channel, leave, looks

    def step(self) -> None:
        chance = self.model.tray.random
        if chance.random() < self.leave:
            self.remove()
        elif chance.random() < self.looks:
            self.model.tray.buy(self.channel)


class MesaRoom(mesa.Model):
    """A Mesa agent for each viewer, activated at every tick."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__(rng=seed)
        self.scenario, self.tray = scenario, Tray(scenario, seed)
        self.minute = 0.0

    def step(self) -> None:
        dt = TICK_S / 60.0
        chance = self.tray.random
        for channel, (rate, leave, looks) in enumerate(_rates(self.scenario)):
            passed = chance.expovariate(1.0)
            while passed < rate * dt:
                Viewer(self, channel, leave * dt, looks * dt)
                passed += chance.expovariate(1.0)
        self.agents.do("step")
        before, self.minute = self.minute, self.minute + dt
        rotate = self.scenario.house.rotate_min
        if int(self.minute / rotate) > int(before / rotate):
            self.tray.rotate()


def mesa_viewers(scenario: Scenario, seed: int, minutes: int) -> int:
    """Run a Mesa agent for each viewer; return the GMV in fen."""
    room = MesaRoom(scenario, seed)
    for _ in range(minutes * 60 // TICK_S):
        room.step()
    return room.tray.gmv_fen
