import { hasFewCores } from '../machine/few-cores.ts'

/**
 * Flags of Java for a broker. Java compiles what is used much twice, the second time for minutes, in spells of up to a tenth of a second on
 * a core that others wait for. Where there are few cores its first compiler is the only one: a broker's requests cost a little more, and
 * nobody waits for the second (docs/decisions/0061).
 */
export function brokerJavaOptions(
  of: { readonly heapMb: number; readonly log4jFile: string },
  cores?: number,
): string[] {
  return [
    `-Xmx${of.heapMb}m`,
    '-Xms128m',
    '-XX:+UseG1GC',
    ...(hasFewCores(cores) ? ['-XX:TieredStopAtLevel=1'] : []),
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${of.log4jFile}`,
  ]
}
