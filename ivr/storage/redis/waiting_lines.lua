-- One turn of a process in one line: its calls keep their places, and those whose turn it is get people.
-- ivr.domain.lines.offers says the same for one process.
--
-- KEYS: order, until, calls, held, holds, idle, offers, mark
-- ARGV: now_ms, lease_ms, grace_ms, claim_ms, ring, number of calls, (call, score, text)..., people...
-- Reply: {calls that wait, free people, positions of these calls (0: rings somebody), {call, person, ...}..., held}
local order, until_, calls, holds, idle, offers, mark = KEYS[1], KEYS[2], KEYS[3], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local now, lease, grace, claim = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local ring, count = ARGV[5], tonumber(ARGV[6])
-- Redis lost all it had: nobody is offered a call before every process has told whom its calls hold.
local since = tonumber(redis.call('GET', mark) or '')
if not since then
    since = now
    redis.call('SET', mark, string.format('%.0f', now))
end
local mine = {}
for at = 1, count do
    local call, score, text = ARGV[4 + 3 * at], ARGV[5 + 3 * at], ARGV[6 + 3 * at]
    mine[call] = true
    redis.call('ZADD', order, score, call)
    redis.call('ZADD', until_, string.format('%.0f', now + lease), call)
    redis.call('HSET', calls, call, text)
end
-- Calls of processes that died, which no other process took over.
for _, call in ipairs(redis.call('ZRANGEBYSCORE', until_, '-inf', string.format('%.0f', now))) do
    redis.call('ZREM', order, call)
    redis.call('ZREM', until_, call)
    redis.call('HDEL', calls, call)
end
local function is_held(person)
    local hold = redis.call('HGET', holds, person)
    if not hold then return false end
    if tonumber(string.match(hold, ' (%d+)$')) > now then return true end
    redis.call('HDEL', holds, person)
    local call = string.match(hold, '^(%S+)')
    -- All people of an offer are held until the same time.
    redis.call('HDEL', offers, call)
    return false
end
local free, since_idle = {}, {}
for at = 7 + 3 * count, #ARGV do
    local person = ARGV[at]
    if not is_held(person) then
        free[#free + 1] = person
        since_idle[person] = {tonumber(redis.call('HGET', idle, person) or '0'), #free}
    end
end
if ring == 'longest_idle' then
    table.sort(free, function(a, b)
        local x, y = since_idle[a], since_idle[b]
        if x[1] ~= y[1] then return x[1] < y[1] end
        return x[2] < y[2]
    end)
end
local made, taken, position, positions = {}, 0, 0, {}
local is_open = now - since >= grace
for _, call in ipairs(redis.call('ZRANGE', order, 0, -1)) do
    if redis.call('HEXISTS', offers, call) == 1 then
        positions[call] = 0
    else
        local got = nil
        if is_open and taken < #free then
            if ring == 'all' then
                if taken == 0 then got = free end
                taken = #free
            else
                taken = taken + 1
                got = {free[taken]}
            end
        end
        if got and mine[call] then
            for _, person in ipairs(got) do
                redis.call('HSET', holds, person, call .. ' ' .. string.format('%.0f', now + claim))
            end
            redis.call('HSET', offers, call, table.concat(got, ' '))
            made[#made + 1] = {call, unpack(got)}
            positions[call] = 0
        else
            position = position + 1
            positions[call] = position
        end
    end
end
local told = {}
for at = 1, count do told[at] = positions[ARGV[4 + 3 * at]] or 0 end
return {position, #free, told, made, redis.call('LRANGE', KEYS[4], 0, -1)}
