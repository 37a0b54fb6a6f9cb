// Logical ids of what takes replicas back that came up for a run, to which the definitions of workflows refer.

export const COOLING_MACHINE = "LambentCoolingStateMachine";
export const COOLING_SCHEDULE_ROLE = "LambentCoolingScheduleRole";
