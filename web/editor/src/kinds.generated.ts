// Made by generate_kinds.py of ivr/domain/menu/kinds.py: change the table there, then run `make editor`.

import type { KindTable } from './kinds'
import { t } from './translate.ts'

export const TABLE: KindTable = {
  "node_id_pattern": "[A-Za-z0-9_-]{1,64}",
  "audio_name_pattern": "[A-Za-z0-9_-]{1,64}\\.wav",
  "spoken_fields": [
    "audio",
    "text",
    "voice"
  ],
  "entering_fields": [
    "set",
    "max_visits",
    "over_node",
    "count"
  ],
  "naming_fields": [
    "label"
  ],
  "menu_fields": [
    {
      "name": "max_menu_s",
      "type": "number",
      "label": t("Longest time in the menu, seconds"),
      "hint": "",
      "if_absent": "",
      "required": false,
      "more": false,
      "least": 30,
      "most": 3600,
      "step": 1,
      "default": 600
    },
    {
      "name": "rate",
      "type": "number",
      "label": t("Speaking rate, 1 is the voice's own"),
      "hint": "",
      "if_absent": "",
      "required": false,
      "more": true,
      "least": 0.5,
      "most": 2.0,
      "step": 0.05,
      "default": null
    }
  ],
  "kinds": [
    {
      "kind": "gather",
      "label": t("Question"),
      "mark": {
        "field": "gather",
        "value": null
      },
      "new_id": "question",
      "blank": {
        "gather": {}
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "gather",
          "type": "digit_targets",
          "label": t("Keys"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "digits": "123456789*0#",
          "way_out": t("key {digit}"),
          "pattern": "[0-9*#X]{1,24}|[0-9*#X]{0,8}X\\{(?:[1-9]|1[0-9]|2[0-4])(?:,(?:[1-9]|1[0-9]|2[0-4]))?\\}"
        },
        {
          "name": "timeout_node",
          "type": "target",
          "label": t("If no key is pressed"),
          "hint": "",
          "if_absent": t("Ask again"),
          "required": false,
          "more": false,
          "way_out": t("no key")
        },
        {
          "name": "timeout_s",
          "type": "number",
          "label": t("Wait, seconds"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "least": 1,
          "most": 60,
          "step": 0.5,
          "default": 5.0
        },
        {
          "name": "max_attempts",
          "type": "attempts",
          "label": t("Attempts"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "least": 1,
          "most": 10,
          "step": 1,
          "default": 3
        },
        {
          "name": "no_input_node",
          "type": "target",
          "label": t("After the last silence"),
          "hint": "",
          "if_absent": t("Say goodbye and hang up"),
          "required": false,
          "more": true,
          "way_out": t("silence again")
        },
        {
          "name": "no_match_node",
          "type": "target",
          "label": t("After the last wrong key"),
          "hint": "",
          "if_absent": t("Say goodbye and hang up"),
          "required": false,
          "more": true,
          "way_out": t("wrong again")
        },
        {
          "name": "again_audio",
          "type": "audio",
          "label": t("Audio from the second attempt on"),
          "hint": "",
          "if_absent": t("The same again"),
          "required": false,
          "more": true,
          "by_attempt": true,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "again_text",
          "type": "text",
          "label": t("Text from the second attempt on"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": true,
          "max_length": 1000
        },
        {
          "name": "no_input_audio",
          "type": "audio",
          "label": t("Audio after silence"),
          "hint": "",
          "if_absent": t("Nothing"),
          "required": false,
          "more": true,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "no_input_text",
          "type": "text",
          "label": t("Text after silence"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "no_match_audio",
          "type": "audio",
          "label": t("Audio after a wrong key"),
          "hint": "",
          "if_absent": t("That was not a valid choice"),
          "required": false,
          "more": true,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "no_match_text",
          "type": "text",
          "label": t("Text after a wrong key"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "barge_in",
          "type": "flag",
          "label": t("Keys cut the prompt short"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": true
        },
        {
          "name": "type_ahead",
          "type": "choice",
          "label": t("Keys pressed before the question"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "options": [
            {
              "id": "flush",
              "label": t("Are dropped")
            },
            {
              "id": "keep",
              "label": t("Answer it")
            }
          ]
        },
        {
          "name": "save",
          "type": "word",
          "label": t("Keep what was keyed as"),
          "hint": t("The name of a variable."),
          "if_absent": t("It is not kept"),
          "required": false,
          "more": true,
          "pattern": "(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up to four such names"
        },
        {
          "name": "secret",
          "type": "flag",
          "label": t("What was keyed is secret"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": false
        },
        {
          "name": "end_key",
          "type": "word",
          "label": t("Key that ends an entry"),
          "hint": "",
          "if_absent": t("#, where entries have several digits"),
          "required": false,
          "more": true,
          "pattern": "[0-9*#]|none",
          "rule": "end_key is one of 0-9, * or #, or none"
        },
        {
          "name": "between_s",
          "type": "number",
          "label": t("Wait between digits, seconds"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 20,
          "step": 0.5,
          "default": 3.0
        },
        {
          "name": "entry_s",
          "type": "number",
          "label": t("Time for a whole entry, seconds"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 120,
          "step": 0.5,
          "default": null
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "message",
      "label": t("Message"),
      "mark": {
        "field": "next",
        "value": null
      },
      "new_id": "message",
      "blank": {
        "next": ""
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "barge_in",
          "type": "flag",
          "label": t("Keys cut it short"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": true
        },
        {
          "name": "type_ahead",
          "type": "choice",
          "label": t("Keys pressed before it"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "options": [
            {
              "id": "flush",
              "label": t("Are dropped")
            },
            {
              "id": "keep",
              "label": t("Count")
            }
          ]
        },
        {
          "name": "record_call",
          "type": "flag",
          "label": t("The call is recorded from here on"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": false
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "switch",
      "label": t("Switch"),
      "mark": {
        "field": "switch",
        "value": null
      },
      "new_id": "switch",
      "blank": {
        "switch": ""
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "switch",
          "type": "word",
          "label": t("Depends on"),
          "hint": t("A variable, caller, called, verstat, random (1 to 100), hours:office, or list:banned."),
          "if_absent": "",
          "required": true,
          "more": false,
          "pattern": "caller|called|random|hours:[A-Za-z0-9_-]{1,64}|list:[A-Za-z0-9_-]{1,64}|(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a switch is on a variable, on caller, called or random, on opening hours, as in hours:office, or on a list, as in list:banned"
        },
        {
          "name": "case",
          "type": "case_targets",
          "label": t("Cases"),
          "hint": t("A value, a range like 5..60, a beginning like +1480*, or a variable like {desk.busy}; the first that fits."),
          "if_absent": "",
          "required": true,
          "more": false,
          "pattern": "(?:\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}|(?!\\*$)[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]{0,64})",
          "way_out": t("if")
        },
        {
          "name": "default",
          "type": "target",
          "label": t("Otherwise"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("otherwise")
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "ask_language",
      "label": t("Language question"),
      "mark": {
        "field": "action",
        "value": "ask_language"
      },
      "new_id": "language",
      "blank": {
        "action": "ask_language"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "keys",
          "type": "key_languages",
          "label": t("Language of each key"),
          "hint": "",
          "if_absent": t("The menu's languages at 1, 2, 3 ..."),
          "required": false,
          "more": true,
          "digits": "0123456789*#"
        },
        {
          "name": "remember",
          "type": "flag",
          "label": t("Remember the choice for the caller's next call"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": false
        },
        {
          "name": "max_attempts",
          "type": "number",
          "label": t("Attempts"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "least": 1,
          "most": 10,
          "step": 1,
          "default": 2
        },
        {
          "name": "timeout_s",
          "type": "number",
          "label": t("Wait, seconds"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "least": 1,
          "most": 60,
          "step": 0.5,
          "default": 5.0
        },
        {
          "name": "barge_in",
          "type": "flag",
          "label": t("Keys cut the prompt short"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": true
        },
        {
          "name": "type_ahead",
          "type": "choice",
          "label": t("Keys pressed before the question"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "options": [
            {
              "id": "flush",
              "label": t("Are dropped")
            },
            {
              "id": "keep",
              "label": t("Answer it")
            }
          ]
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "request",
      "label": t("Request"),
      "mark": {
        "field": "action",
        "value": "request"
      },
      "new_id": "request",
      "blank": {
        "action": "request"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "service",
          "type": "service",
          "label": t("Service"),
          "hint": "",
          "if_absent": t("Choose a service"),
          "required": true,
          "more": false,
          "pattern": "[A-Za-z0-9_-]{1,64}",
          "rule": "a service's name has 1 to 64 letters, digits, underscores or hyphens"
        },
        {
          "name": "send",
          "type": "sent",
          "label": t("What is sent"),
          "hint": t("Variables such as caller, or names of the service's own with texts like {caller}."),
          "if_absent": t("Only which call asks"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "names_pattern": "caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "max_length": 200
        },
        {
          "name": "save",
          "type": "word",
          "label": t("Keep the answer as"),
          "hint": t("found makes found.known out of the answer's known."),
          "if_absent": t("It is not kept"),
          "required": false,
          "more": false,
          "pattern": "(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up to four such names"
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "fail_node",
          "type": "target",
          "label": t("If it fails"),
          "hint": "",
          "if_absent": t("Needed, unless nothing is waited for"),
          "required": false,
          "more": false,
          "way_out": t("fails")
        },
        {
          "name": "wait",
          "type": "flag",
          "label": t("Wait for the answer"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "default": true
        },
        {
          "name": "secret",
          "type": "flag",
          "label": t("The answer is secret"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": false
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "send",
      "label": t("Send"),
      "mark": {
        "field": "action",
        "value": "send"
      },
      "new_id": "send",
      "blank": {
        "action": "send"
      },
      "heard": false,
      "fields": [
        {
          "name": "to",
          "type": "destination",
          "label": t("To"),
          "hint": t("mail:office, chat:sales, sms:{caller}"),
          "if_absent": t("Choose a channel"),
          "required": true,
          "more": false,
          "pattern": "(?:chat:(?:[A-Za-z0-9_-]{1,64}|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})|mail:(?:[A-Za-z0-9_-]{1,64}|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})(?::\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})?|sms:(?:[A-Za-z0-9_-]{1,64}(?::(?:\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}|\\+[1-9][0-9]{6,14}))?|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}|\\+[1-9][0-9]{6,14}))",
          "rule": "a message goes to mail:NAME, chat:NAME or sms:NAME, the name of a channel, or to sms:{variable}; sms:NAME:{variable} goes to another number than the caller's"
        },
        {
          "name": "text",
          "type": "message",
          "label": t("Text"),
          "hint": t("Your link: https://example.com/{order}"),
          "if_absent": t("Nothing but what is attached"),
          "required": false,
          "more": false,
          "max_length": 2000
        },
        {
          "name": "attach",
          "type": "variables",
          "label": t("Attached sounds"),
          "hint": t("Variables of recordings, such as message. By mail alone."),
          "if_absent": t("None"),
          "required": false,
          "more": false,
          "pattern": "(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up to four such names",
          "most": 4
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "fail_node",
          "type": "target",
          "label": t("If it cannot be left"),
          "hint": "",
          "if_absent": t("The call goes on as if it were sent"),
          "required": false,
          "more": true,
          "way_out": t("fails")
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "each",
      "label": t("Each of a list"),
      "mark": {
        "field": "action",
        "value": "each"
      },
      "new_id": "each",
      "blank": {
        "action": "each"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "list",
          "type": "word",
          "label": t("List"),
          "hint": t("A variable with a list, such as found.people."),
          "if_absent": "",
          "required": true,
          "more": false,
          "pattern": "(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up to four such names"
        },
        {
          "name": "save",
          "type": "word",
          "label": t("Save each as"),
          "hint": t("who makes who.name, and who.left and who.at."),
          "if_absent": "",
          "required": true,
          "more": false,
          "pattern": "(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up to four such names"
        },
        {
          "name": "next",
          "type": "target",
          "label": t("For each one"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "done_node",
          "type": "target",
          "label": t("When all are done"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("done")
        },
        {
          "name": "empty_node",
          "type": "target",
          "label": t("If there is none"),
          "hint": "",
          "if_absent": t("As when all are done"),
          "required": false,
          "more": false,
          "way_out": t("none")
        },
        {
          "name": "shuffle",
          "type": "flag",
          "label": t("In random order"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": false
        },
        {
          "name": "max",
          "type": "number",
          "label": t("At most"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "record",
      "label": t("Record"),
      "mark": {
        "field": "action",
        "value": "record"
      },
      "new_id": "record",
      "blank": {
        "action": "record"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "save",
          "type": "word",
          "label": t("Keep the sound as"),
          "hint": t("The name of a variable; {sound} in an audio plays what sound holds."),
          "if_absent": "",
          "required": true,
          "more": false,
          "pattern": "(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}",
          "rule": "a variable has 1 to 32 small letters, digits or underscores, of which the first is a letter; dots may join up to four such names"
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "no_input_node",
          "type": "target",
          "label": t("If nothing is said"),
          "hint": "",
          "if_absent": t("The same as after a recording"),
          "required": false,
          "more": false,
          "way_out": t("silence again")
        },
        {
          "name": "max_s",
          "type": "number",
          "label": t("Longest, seconds"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "least": 2,
          "most": 600,
          "step": 1,
          "default": 120
        },
        {
          "name": "silence_s",
          "type": "number",
          "label": t("Silence that ends it, seconds"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": false,
          "least": 1,
          "most": 60,
          "step": 1,
          "default": 5
        },
        {
          "name": "end_keys",
          "type": "word",
          "label": t("Keys that end it"),
          "hint": "",
          "if_absent": t("#"),
          "required": false,
          "more": false,
          "pattern": "any|none|[0-9*#]{1,12}",
          "rule": "end_keys is up to 12 of 0-9, * and #, or any, or none"
        },
        {
          "name": "tone",
          "type": "flag",
          "label": t("A tone before it"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": true
        },
        {
          "name": "max_attempts",
          "type": "number",
          "label": t("Attempts"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 10,
          "step": 1,
          "default": 2
        },
        {
          "name": "no_input_audio",
          "type": "audio",
          "label": t("Audio after silence"),
          "hint": "",
          "if_absent": t("Nothing"),
          "required": false,
          "more": true,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "no_input_text",
          "type": "text",
          "label": t("Text after silence"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "barge_in",
          "type": "flag",
          "label": t("Keys cut the prompt short"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": true
        },
        {
          "name": "mailbox",
          "type": "word",
          "label": t("Mailbox"),
          "hint": "",
          "if_absent": t("None"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a mailbox's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "callback",
      "label": t("Call-back"),
      "mark": {
        "field": "action",
        "value": "callback"
      },
      "new_id": "callback",
      "blank": {
        "action": "callback"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "number",
          "type": "word",
          "label": t("Number to call"),
          "hint": t("{caller}, or a variable that a question saved."),
          "if_absent": t("The caller's own"),
          "required": false,
          "more": false,
          "pattern": "(?:[^{}\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})*",
          "rule": "number is at most 64 characters, a telephone number or a variable in braces, as in {number}"
        },
        {
          "name": "reason",
          "type": "word",
          "label": t("What it is about"),
          "hint": t("Support, or {topic}."),
          "if_absent": t("Nothing is said about it"),
          "required": false,
          "more": false,
          "pattern": "(?:[^{}\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})*",
          "rule": "reason is at most 200 characters, in which variables may stand in braces"
        },
        {
          "name": "wanted",
          "type": "word",
          "label": t("When the caller wants to be called"),
          "hint": t("This afternoon, or {time}."),
          "if_absent": t("As soon as somebody can"),
          "required": false,
          "more": false,
          "pattern": "(?:[^{}\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})*",
          "rule": "wanted is at most 100 characters, in which variables may stand in braces"
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "fail_node",
          "type": "target",
          "label": t("Without a number"),
          "hint": "",
          "if_absent": t("As after a call-back that was kept"),
          "required": false,
          "more": false,
          "way_out": t("fails")
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "send_digits",
      "label": t("Send keys"),
      "mark": {
        "field": "action",
        "value": "send_digits"
      },
      "new_id": "open_door",
      "blank": {
        "action": "send_digits"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "keys",
          "type": "word",
          "label": t("Keys"),
          "hint": t("9, or ww12#: each w waits half a second, each W a second."),
          "if_absent": t("Give the keys"),
          "required": true,
          "more": false,
          "pattern": "[wW]{0,16}[0-9*#A-D][0-9*#A-DwW]{0,47}",
          "rule": "keys are 1 to 48 of 0 to 9, *, # and A to D, with w to wait half a second and W a second"
        },
        {
          "name": "next",
          "type": "target",
          "label": t("Then"),
          "hint": "",
          "if_absent": "",
          "required": true,
          "more": false,
          "way_out": t("then")
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "hangup",
      "label": t("Hang up"),
      "mark": {
        "field": "action",
        "value": "hangup"
      },
      "new_id": "goodbye",
      "blank": {
        "action": "hangup"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "reject",
      "label": t("Reject"),
      "mark": {
        "field": "action",
        "value": "reject"
      },
      "new_id": "reject",
      "blank": {
        "action": "reject"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "reason",
          "type": "choice",
          "label": t("The caller is told"),
          "hint": "",
          "if_absent": t("Declined"),
          "required": false,
          "more": false,
          "options": [
            {
              "id": "declined",
              "label": t("Declined")
            },
            {
              "id": "busy",
              "label": t("Busy")
            },
            {
              "id": "unavailable",
              "label": t("Not available now")
            },
            {
              "id": "not_found",
              "label": t("No such number")
            }
          ]
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "suppress",
      "label": t("Opt-out"),
      "mark": {
        "field": "action",
        "value": "suppress"
      },
      "new_id": "opt_out",
      "blank": {
        "action": "suppress"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    },
    {
      "kind": "transfer",
      "label": t("Transfer"),
      "mark": {
        "field": "action",
        "value": "transfer"
      },
      "new_id": "agent",
      "blank": {
        "action": "transfer"
      },
      "heard": true,
      "fields": [
        {
          "name": "audio",
          "type": "audio",
          "label": t("Audio"),
          "hint": t("Letters, digits, _ or - and .wav; empty: made when the text is spoken."),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "text",
          "type": "text",
          "label": t("Text"),
          "hint": t("What callers hear here"),
          "if_absent": "",
          "required": false,
          "more": false,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "voice",
          "type": "voice",
          "label": t("Voice"),
          "hint": "",
          "if_absent": t("The default voice"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a voice's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "rate",
          "type": "number",
          "label": t("Speaking rate, 1 is the voice's own"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0.5,
          "most": 2.0,
          "step": 0.05,
          "default": null
        },
        {
          "name": "agent",
          "type": "agent",
          "label": t("Agent"),
          "hint": "",
          "if_absent": t("The default agent"),
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_-]{1,64}",
          "rule": "an agent's name has 1 to 64 letters, digits, underscores or hyphens"
        },
        {
          "name": "to",
          "type": "word",
          "label": t("Number or address"),
          "hint": t("+14155550123, sip:desk@192.0.2.20, or a variable like {who.number}; in place of an agent."),
          "if_absent": "",
          "required": false,
          "more": false,
          "pattern": "(?:\\+[1-9][0-9]{6,14}|sips?:(?:[A-Za-z0-9_.+*-]{1,64}@)?(?:[A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:]+\\])(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(?:;transport=(?:udp|tcp|tls))?|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "to is a telephone number with + and its country code, a SIP address, or one variable in braces, as in {number}"
        },
        {
          "name": "people",
          "type": "word",
          "label": t("People"),
          "hint": t("The name of a group; in place of an agent."),
          "if_absent": "",
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_-]{1,64}",
          "rule": "a group's name has 1 to 64 letters, digits, underscores or hyphens"
        },
        {
          "name": "ring",
          "type": "choice",
          "label": t("Who rings first"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "options": [
            {
              "id": "in_turn",
              "label": t("One after the other")
            },
            {
              "id": "all",
              "label": t("All at once")
            },
            {
              "id": "longest_idle",
              "label": t("Who has been idle for longest")
            }
          ]
        },
        {
          "name": "join",
          "type": "choice",
          "label": t("Who is in the talk"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "options": [
            {
              "id": "first",
              "label": t("The first who answers")
            },
            {
              "id": "all",
              "label": t("All who answer")
            }
          ]
        },
        {
          "name": "joined_audio",
          "type": "audio",
          "label": t("Audio when somebody joins"),
          "hint": "",
          "if_absent": t("Two short tones"),
          "required": false,
          "more": true,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "joined_text",
          "type": "text",
          "label": t("Text when somebody joins"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "caller_id",
          "type": "word",
          "label": t("Number shown"),
          "hint": t("caller, called, or a number of your own."),
          "if_absent": t("The caller's"),
          "required": false,
          "more": true,
          "pattern": "(?:caller|called|\\+[1-9][0-9]{6,14})",
          "rule": "caller_id is caller, called, or a telephone number with + and its country code"
        },
        {
          "name": "ring_timeout_s",
          "type": "number",
          "label": t("Rings for (s)"),
          "hint": "",
          "if_absent": t("The agent's own time"),
          "required": false,
          "more": false,
          "least": 5,
          "most": 120,
          "step": 1,
          "default": null
        },
        {
          "name": "outcome",
          "type": "word",
          "label": t("Outcome"),
          "hint": t("A label of your own: the agent and the call record get it."),
          "if_absent": "",
          "required": false,
          "more": false,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "an outcome has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "hold_audio",
          "type": "word",
          "label": t("Audio while it rings"),
          "hint": t("An audio name of this menu."),
          "if_absent": t("A ringing tone"),
          "required": false,
          "more": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "headers",
          "type": "headers",
          "label": t("Headers for the agent"),
          "hint": t("X-IVR-Account with the value {account}, for instance."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "X-IVR-[A-Za-z](?:-?[A-Za-z0-9]){0,23}",
          "max_length": 200
        },
        {
          "name": "whisper_audio",
          "type": "audio",
          "label": t("Audio for who answers"),
          "hint": "",
          "if_absent": t("Nothing"),
          "required": false,
          "more": true,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "whisper_text",
          "type": "text",
          "label": t("Text for who answers"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "accept_key",
          "type": "word",
          "label": t("Key that takes the call"),
          "hint": t("No answering machine presses it."),
          "if_absent": t("Whoever answers has the call"),
          "required": false,
          "more": true,
          "pattern": "[0123456789\\*\\#]",
          "rule": "accept_key is one key: a digit, * or #"
        },
        {
          "name": "end_key",
          "type": "word",
          "label": t("Key that ends the talk"),
          "hint": t("The caller goes on in the menu, as after the agent's hang-up."),
          "if_absent": t("None"),
          "required": false,
          "more": true,
          "pattern": "[0123456789\\*\\#]",
          "rule": "end_key is one key: a digit, * or #"
        },
        {
          "name": "max_talk_s",
          "type": "number",
          "label": t("Longest talk (s)"),
          "hint": "",
          "if_absent": t("The agent's own time"),
          "required": false,
          "more": true,
          "least": 10,
          "most": 14400,
          "step": 1,
          "default": null
        },
        {
          "name": "record",
          "type": "flag",
          "label": t("The talk is recorded"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "default": false
        },
        {
          "name": "case",
          "type": "case_targets",
          "label": t("By result"),
          "hint": t("busy, no_answer, declined, unreachable, answered, or a word of the agent's X-IVR-Result."),
          "if_absent": t("The ways below"),
          "required": false,
          "more": true,
          "pattern": "(?:\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}|(?!\\*$)[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]{0,64})",
          "way_out": t("if")
        },
        {
          "name": "fallback_node",
          "type": "target",
          "label": t("If no agent is available"),
          "hint": "",
          "if_absent": t("Apologise and hang up"),
          "required": false,
          "more": false,
          "way_out": t("no agent")
        },
        {
          "name": "on_agent_hangup",
          "type": "result_targets",
          "label": t("After the agent has hung up"),
          "hint": t("By the agent's X-IVR-Result, if it sends one."),
          "if_absent": t("The call ends"),
          "required": false,
          "more": false,
          "way_out": t("after the talk"),
          "any": "*",
          "pattern": "[A-Za-z0-9_.-]{1,64}"
        },
        {
          "name": "wait_s",
          "type": "number",
          "label": t("Longest wait in the line (s)"),
          "hint": "",
          "if_absent": t("Nobody waits: who is free is rung, or nobody"),
          "required": false,
          "more": false,
          "least": 5,
          "most": 7200,
          "step": 1,
          "default": null
        },
        {
          "name": "max_waiting",
          "type": "number",
          "label": t("Most callers in the line"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 1000,
          "step": 1,
          "default": 20
        },
        {
          "name": "priority",
          "type": "number",
          "label": t("Priority, minutes"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0,
          "most": 60,
          "step": 1,
          "default": 0
        },
        {
          "name": "wait_keys",
          "type": "digit_targets",
          "label": t("Keys while they wait"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "digits": "123456789*0#",
          "way_out": t("key {digit}"),
          "pattern": "[0-9*#X]{1,24}|[0-9*#X]{0,8}X\\{(?:[1-9]|1[0-9]|2[0-4])(?:,(?:[1-9]|1[0-9]|2[0-4]))?\\}"
        },
        {
          "name": "wait_audio",
          "type": "audio",
          "label": t("Audio said while they wait"),
          "hint": "",
          "if_absent": t("Only the audio while it rings"),
          "required": false,
          "more": true,
          "by_attempt": false,
          "pattern": "(?:(?:[A-Za-z0-9_-]|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\}){1,64}\\.wav|\\{(?:caller|called|(?!(?:caller|called|random|hours|list)(?:\\.|[:}]))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3})\\})",
          "rule": "an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav; a variable may stand in it, as in open-{line}.wav, or in its place, as in {sound}"
        },
        {
          "name": "wait_text",
          "type": "text",
          "label": t("Text said while they wait"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "by_attempt": false,
          "max_length": 1000
        },
        {
          "name": "place_key",
          "type": "word",
          "label": t("Key that says it again"),
          "hint": t("A caller who waits hears by it what number they are."),
          "if_absent": t("None"),
          "required": false,
          "more": true,
          "pattern": "[0123456789\\*\\#]",
          "rule": "place_key is one key: a digit, * or #"
        },
        {
          "name": "wait_every_s",
          "type": "number",
          "label": t("Said every (s)"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 15,
          "most": 900,
          "step": 1,
          "default": 60
        },
        {
          "name": "wrap_up_s",
          "type": "number",
          "label": t("Time after a talk (s)"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 0,
          "most": 600,
          "step": 1,
          "default": 0
        },
        {
          "name": "set",
          "type": "values",
          "label": t("Variables set here"),
          "hint": t("list:banned puts the caller on that list: 30d, 12h, true for good, false off it."),
          "if_absent": "",
          "required": false,
          "more": true,
          "pattern": "(?:(?!(?:caller|called|random|hours|list)(?:\\.|$))[a-z][a-z0-9_]{0,31}(?:\\.[a-z][a-z0-9_]{0,31}){0,3}|list:[A-Za-z0-9_-]{1,64})",
          "max_length": 200
        },
        {
          "name": "max_visits",
          "type": "number",
          "label": t("Times that a call may come here"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "least": 1,
          "most": 99,
          "step": 1,
          "default": null
        },
        {
          "name": "over_node",
          "type": "target",
          "label": t("When it comes more often"),
          "hint": "",
          "if_absent": t("No limit"),
          "required": false,
          "more": true,
          "way_out": t("too often")
        },
        {
          "name": "count",
          "type": "word",
          "label": t("Counted under"),
          "hint": t("Nodes with the same word share one count."),
          "if_absent": t("The node's own name"),
          "required": false,
          "more": true,
          "pattern": "[A-Za-z0-9_.-]{1,64}",
          "rule": "a count's name has 1 to 64 letters, digits and the characters _ . -"
        },
        {
          "name": "label",
          "type": "title",
          "label": t("Name"),
          "hint": "",
          "if_absent": "",
          "required": false,
          "more": true,
          "max_length": 80
        }
      ]
    }
  ]
}
