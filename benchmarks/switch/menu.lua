-- The same menu inside FreeSWITCH: three questions, then goodbye. What our server's cost is measured against.
-- argv[1] is the directory of the prompts.
local prompts = argv[1]

local function ask(name)
  session:flushDigits()
  return session:playAndGetDigits(1, 1, 1, 5000, "", prompts .. "/" .. name, "silence_stream://10", ".", "ivr_key", 5000)
end

session:answer()
session:setVariable("playback_terminators", "none")
session:streamFile("silence_stream://400")
if ask("00000000000000000000000000000001.wav") == "1"
    and ask("00000000000000000000000000000002.wav") == "1"
    and ask("00000000000000000000000000000003.wav") == "2" then
  session:streamFile(prompts .. "/00000000000000000000000000000004.wav")
end
session:hangup("NORMAL_CLEARING")
