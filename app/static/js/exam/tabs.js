/**
 * Tabs of one browser share one store, so only one of them may write. The newest does; the server's epoch decides
 * between devices. (`navigator.locks` is missing on plain http.)
 */

/**
 * @param {string} attempt
 * @param {function(): void} onTaken Another tab has opened the attempt.
 */
export function claimTab(attempt, onTaken) {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(`exam:${attempt}`);
  const me = crypto.getRandomValues(new Uint32Array(1))[0];
  channel.onmessage = ({ data }) => {
    if (data.opened !== undefined && data.opened !== me) onTaken();
  };
  channel.postMessage({ opened: me });
}
