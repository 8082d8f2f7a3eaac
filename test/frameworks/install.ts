import { frameworkPython } from './python.js';

/** Installs the frameworks before any test asks for them: several do so at once. */
export default async function install(): Promise<void> {
  const found = await frameworkPython();
  console.log('versions' in found ? `frameworks: ${found.versions}` : `skipped: ${found.missing}`);
}
