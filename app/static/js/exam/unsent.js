/** The file of answers that never left this device; staff upload it at the console (app/exams/unsent.py reads it). */

/** Return an address of the file, for a link that saves it. */
export function unsentFile(attempt, entries) {
  const changes = entries.map(({ sequence, key, position, value, flagged }) => ({ sequence, key, position, value, flagged }));
  const file = new Blob([JSON.stringify({ attempt, changes }, null, 1)], { type: "application/json" });
  return URL.createObjectURL(file);
}
