// What a package must not hold.

const magic = { linux: ['7f454c46'], darwin: ['cffaedfe'], win32: ['4d5a9000'] }

/** What is wrong with the files of the main package, whose folder `dist` is to hold these modules and their types. */
export function textFaults(files, compiled) {
  const faults = []
  const manifest = JSON.parse(files.get('package.json')?.toString() ?? '{}')
  for (const name of files.keys()) {
    const known = name.startsWith('dist/') && compiled.includes(name.slice(5))
    if (!known && !/^(package\.json|README\.md|CHANGELOG\.md|LICENSE-[A-Z]+)$/.test(name))
      faults.push(`${name} does not belong into it`)
  }
  for (const field of ['scripts', 'dependencies', 'devDependencies'])
    if (manifest[field]) faults.push(`its package.json has ${field}`)
  return faults
}

/** What is wrong with the files of a platform's package, whose module is not to name these places. */
export function nativeFaults(files, platform, places) {
  const faults = []
  for (const name of files.keys())
    if (!/^(package\.json|README\.md|LICENSE-[A-Z]+|qlower\.node)$/.test(name))
      faults.push(`${name} does not belong into it`)
  const module = files.get('qlower.node') ?? Buffer.alloc(0)
  if (!magic[platform.os].includes(module.toString('hex', 0, 4)))
    faults.push(`qlower.node is no library of ${platform.os}`)
  if (module.includes('.symtab')) faults.push('qlower.node has its symbols')
  for (const place of places)
    if (module.includes(place))
      faults.push(`qlower.node names a place of the machine that built it: ${place}`)
  return faults
}
