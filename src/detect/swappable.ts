import type { Detector } from '../domain/detection.ts';

/** A detector whose rules can be changed while events flow. */
export interface SwappableDetector extends Detector {
  /**
   * Puts other rules in place of the ones before. A detector is asked one event at a time and answers at once, so
   * each event is seen by exactly one set of rules: the next event by the new one. `detections` and `packVersion`
   * change in the same moment. What was told of earlier events stays as it is.
   */
  replace(next: Detector): void;
}

/** Build the next detector first (its rules are checked while it is made), then hand it over. */
export function createSwappableDetector(first: Detector): SwappableDetector {
  let current = first;
  return {
    get detections() {
      return current.detections;
    },
    get packVersion() {
      return current.packVersion;
    },
    detect: (event, message) => current.detect(event, message),
    replace(next) {
      current = next;
    },
  };
}
