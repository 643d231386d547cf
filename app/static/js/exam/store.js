/**
 * What this device keeps of an exam: the changes the server has not acknowledged (IndexedDB, strict durability, so that
 * they survive a killed browser) and a memo of the page (localStorage: where one was, what was seen, struck out, jotted down).
 *
 * A change is {attempt, sequence, key, position, value, flagged}; nothing about the content of the items is kept.
 */

const DATABASE = "caopan-exam";
const CHANGES = "changes";
const MEMO_PREFIX = "exam:";

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(CHANGES, { keyPath: ["attempt", "sequence"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is blocked"));
  });
}

/** Run one write; resolves when it is on the disk, not merely handed to the system. */
function write(database, change) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(CHANGES, "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
    change(transaction.objectStore(CHANGES));
  });
}

function read(database, ask) {
  return new Promise((resolve, reject) => {
    const request = ask(database.transaction(CHANGES).objectStore(CHANGES));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The waiting changes of one attempt. */
export class ChangeStore {
  /** @param {IDBDatabase|null} database null where the browser keeps nothing; then `isDurable` is false. */
  constructor(attempt, database) {
    this.attempt = attempt;
    this.database = database;
    this.range = database && IDBKeyRange.bound([attempt, 0], [attempt, Infinity]);
  }

  get isDurable() {
    return this.database !== null;
  }

  /** Open the store; never fails, for an exam goes on without it. */
  static async open(attempt) {
    try {
      return new ChangeStore(attempt, await openDatabase());
    } catch {
      return new ChangeStore(attempt, null);
    }
  }

  /** All waiting changes, oldest first. */
  async entries() {
    return this.database ? read(this.database, (store) => store.getAll(this.range)) : [];
  }

  /** Keep a change. If the disk refuses, the store says so from then on by `isDurable`. */
  async put(entry) {
    if (!this.database) return;
    try {
      await write(this.database, (store) => store.put(entry));
    } catch {
      this.database = null;
    }
  }

  async remove(sequence) {
    if (this.database) await write(this.database, (store) => store.delete([this.attempt, sequence]));
  }

  /** Forget everything about the attempt. */
  async wipe() {
    forgetMemo(this.attempt);
    if (this.database) await write(this.database, (store) => store.delete(this.range));
  }
}

/** How many changes of any attempt wait on this device; 0 if the browser does not say. */
export async function countAll() {
  try {
    return await read(await openDatabase(), (store) => store.count());
  } catch {
    return 0;
  }
}

/** Forget every attempt: somebody else may sit down here next. */
export async function wipeAll() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(MEMO_PREFIX)) localStorage.removeItem(name);
  }
  try {
    await write(await openDatabase(), (store) => store.clear());
  } catch {
    // Nothing was kept, hence nothing is left behind.
  }
}

/** Read the memo of an attempt: {current, seen: [positions], struck: {position: [choice ids]}, pad, marks: {part: [[from, to]]}}. */
export function readMemo(attempt) {
  try {
    return JSON.parse(localStorage.getItem(MEMO_PREFIX + attempt)) ?? {};
  } catch {
    return {};
  }
}

export function forgetMemo(attempt) {
  localStorage.removeItem(MEMO_PREFIX + attempt);
}

export function writeMemo(attempt, memo) {
  localStorage.setItem(MEMO_PREFIX + attempt, JSON.stringify(memo));
}
