import { InstanceState, type ServiceStatus } from '#lib/gen/composia/v1/status_pb.ts';

/**
 * The runs of the containers of these services, in a word: another one once there is another container, one was started again,
 * or one is seen again. What a container says ends with its run, and with the line to its node.
 */
export function runsOf(services: Iterable<ServiceStatus>, names: readonly string[]): string {
  return [...services]
    .filter((one) => !names.length || names.includes(one.name))
    .flatMap((one) => one.instances)
    .flatMap(({ state, containers }) =>
      containers.map(({ id, startedMs }) => [id, startedMs, state === InstanceState.UNKNOWN].join(' '))
    )
    .sort()
    .join();
}
