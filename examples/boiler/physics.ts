/** What a boiler is at one moment. */
export interface Boiler {
  /** Of the water, °C. */
  readonly temperature: number;
  /** Wanted, °C. */
  readonly setpoint: number;
  /** The main switch: off = the burner stays off whatever the setpoint. */
  readonly enabled: boolean;
  readonly burner: boolean;
}

const ambient = 20;
export const setpointMax = 90;
/** The burner starts this far below the setpoint, and stops this far above it. */
const hysteresis = 0.5;
/** °C per second while it burns. */
const heating = 1.5;
/** Share of the difference to the room that is lost per second. */
const loss = 0.008;

export const coldBoiler: Boiler = { temperature: ambient, setpoint: 60, enabled: true, burner: false };

/** The boiler a little later: it heats while it burns, it loses heat to the room, and its thermostat switches. */
export function step(boiler: Boiler, seconds: number): Boiler {
  const { temperature, setpoint, enabled, burner } = boiler;
  const change = (burner ? heating : 0) - loss * (temperature - ambient);
  const next = temperature + change * seconds;
  const wanted = next < setpoint - hysteresis ? true : next > setpoint + hysteresis ? false : burner;
  return { ...boiler, temperature: next, burner: enabled && wanted };
}
