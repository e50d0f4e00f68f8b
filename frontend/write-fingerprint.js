// Writes beside the bundle which sources it was built from, so that a test can tell a bundle that is out of date.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const files = ["index.html", "package-lock.json", "vite.config.ts", "svelte.config.js"];
for (const folder of ["src", "public"]) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name).replaceAll("\\", "/"));
  }
}
const hash = createHash("sha256");
for (const file of files.sort()) hash.update(`${file}\0${readFileSync(file, "utf8")}\0`);
writeFileSync("../src/chalkgrad/web/static/sources.sha256", `${hash.digest("hex")}\n`);
