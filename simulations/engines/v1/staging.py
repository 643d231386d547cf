"""Who is on stage: hosts with energy, voice and talent, handing over and resting."""

from simulations.engines.v1.codes import ON_STAGE
from simulations.engines.v1.layout import PACES, Setting, State


def hand_over(s: State, c: Setting, host: int) -> None:
    """Put another host on stage; a break of the one before is over."""
    s.host_energy[s.host] = s.energy
    s.host = host
    s.energy = s.host_energy[host]
    s.handover_end = s.tick + c.switch_ticks
    s.break_end = s.tick if s.break_end > s.tick else s.break_end


def house_stage(s: State, c: Setting) -> None:
    """Let the anchor's own rundown change hosts, if it does."""
    if c.house_host_rotate > 0 and s.owner[ON_STAGE] == 0.0 and s.tick >= s.host_due:
        s.host_due = s.tick + c.house_host_rotate
        if s.tick > 0:
            hand_over(s, c, (s.host + 1) % c.hosts)


def presence(s: State, c: Setting, t: int) -> float:
    """Return the factor on conversion of whoever speaks: skill and voice, hand-over, a break."""
    if t < s.break_end:
        return c.break_ratio
    heard = s.skill[s.host] * (1.0 - 0.15 * (1.0 - s.voice[s.host]))
    return heard * c.switch_ratio if t < s.handover_end else heard


def tire_hosts(s: State, c: Setting, t: int) -> None:
    """Spend the energy and voice of the host on stage, restore those of the others."""
    on_break = t < s.break_end
    now = s.host
    change = c.host_rest[now] if on_break else c.host_energy[now * PACES + s.pace]
    s.energy = s.energy + c.dt * change
    if s.energy > 1.0:
        s.energy = 1.0
    if s.energy < 0.1:
        s.energy = 0.1
    for h in range(c.hosts):
        off = h != now or on_break
        voice = s.voice[h] + c.dt * (
            c.host_voice_rest[h] if off else -c.host_voice[h * PACES + s.pace]
        )
        s.voice[h] = 1.0 if voice > 1.0 else (0.0 if voice < 0.0 else voice)
        if h != now:
            energy = s.host_energy[h] + c.dt * c.host_rest[h]
            s.host_energy[h] = 1.0 if energy > 1.0 else energy
