import { composeEnvironment, composeFile } from '@meterline/local-stack'
import type { ComposeOptions } from '@meterline/local-stack'
import { DockerComposeEnvironment, Wait } from 'testcontainers'

/** The product's compose file, under a project name of its own, and gone with its volumes after the run. */
export async function composeWithTestcontainers(options: ComposeOptions): Promise<() => Promise<void>> {
  const environment = await new DockerComposeEnvironment(composeFile.dir, composeFile.name)
    .withEnvironment(composeEnvironment(options))
    .withDefaultWaitStrategy(Wait.forHealthCheck())
    .up([...options.services])
  return async () => void (await environment.down({ removeVolumes: true }))
}
