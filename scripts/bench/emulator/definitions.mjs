// The state machines that are measured. Functions are named by ARN, the only form that aws-local-stepfunctions knows.
const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:noop";

/** An inline Map of one Lambda task per item. */
export function map(language, withSelector) {
  const jsonata = language === "JSONata";
  const task = jsonata
    ? { Type: "Task", Resource: FUNCTION, Arguments: "{% $states.input %}", End: true }
    : { Type: "Task", Resource: FUNCTION, End: true };
  const selector = jsonata
    ? {
        index: "{% $states.context.Map.Item.Index %}",
        value: "{% $states.context.Map.Item.Value %}",
        scale: "{% $states.input.scale %}",
      }
    : { "index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value", "scale.$": "$.scale" };
  return {
    ...(jsonata ? { QueryLanguage: "JSONata" } : {}),
    StartAt: "Map",
    States: {
      Map: {
        Type: "Map",
        ...(jsonata ? { Items: "{% $states.input.items %}" } : { ItemsPath: "$.items" }),
        MaxConcurrency: 40,
        ...(withSelector ? { ItemSelector: selector } : {}),
        ItemProcessor: { StartAt: "Work", States: { Work: task } },
        End: true,
      },
    },
  };
}

/** An inline Map of one Pass state per item, over a list that is the whole input. */
export function passMap(language) {
  return {
    QueryLanguage: language,
    StartAt: "Map",
    States: {
      Map: {
        Type: "Map",
        ItemProcessor: { StartAt: "Each", States: { Each: { Type: "Pass", End: true } } },
        End: true,
      },
    },
  };
}

/** Pass states, one after the other. */
export function chain(length) {
  function name(index) {
    return `S${index}`;
  }
  function next(index) {
    return index + 1 < length ? { Next: name(index + 1) } : { End: true };
  }
  return {
    StartAt: name(0),
    States: Object.fromEntries(Array.from({ length }, (_, index) => [name(index), { Type: "Pass", ...next(index) }])),
  };
}

export function items(count) {
  return { scale: 2, items: Array.from({ length: count }, (_, id) => ({ id })) };
}
