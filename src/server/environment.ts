// The settings as a process has them: of its environment and, where that is silent, of `.env` in the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { isAddressRange } from '../http/address-list.ts';

/** @throws ConfigError */
export function loadConfig(): Config {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const file = join(root, '.env');
  const written = existsSync(file) ? parse(readFileSync(file)) : {};
  const config = readConfig({ ...written, ...process.env }, root);
  const faults = addressFaults(config);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function addressFaults({ trustedProxies, metricsAllow }: Config): string[] {
  const lists = { TRUSTED_PROXIES: trustedProxies, METRICS_ALLOW: metricsAllow };
  return Object.entries(lists).flatMap(([name, entries]) =>
    entries
      .filter((entry) => !isAddressRange(entry))
      .map((entry) => `${name}: ${entry} is neither an address nor a CIDR range`),
  );
}
