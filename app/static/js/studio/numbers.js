/** Numbers as people write them. */

// The comma of either width; U+4E07 is the Chinese word for ten thousand.
const WRITTEN = /^([-−+]?(?:\d{1,3}(?:[,\uff0c]\d{3})+|\d+)(?:\.\d+)?)\s*(\u4e07)?$/;

/** Return ten thousands in the Chinese way, or 60,000, as plain digits; any other text as it is. */
export function plainNumber(text) {
  const found = WRITTEN.exec(text.trim());
  if (!found) return text;
  const plain = found[1].replace(/[,\uff0c]/g, "").replace("−", "-");
  return found[2] ? String(Number((Number(plain) * 10000).toPrecision(15))) : plain;
}
