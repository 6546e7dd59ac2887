internal import Notifications

extension EventFunctions {
    /// What all functions share: names, time, the state of a delivery, orders, endings.
    ///
    /// Times are milliseconds. Lua's numbers are doubles, exact far beyond any of them, but `tostring` writes large ones
    /// with an exponent, hence `int`.
    static let foundation = #"""
        local LONGEST_SILENCE = 5000
        local SHORT_MEMORY = 60 * 1000
        local LONG_MEMORY = 24 * 3600 * 1000
        -- An element that a foreign client pops leaves its record behind; it goes after this long.
        local QUEUED_MEMORY = 7 * 24 * 3600 * 1000
        -- Most bytes of bodies in one answer; one always passes.
        local MOST_BYTES = \#(StepBound.bytes)
        -- So many crashes make a suspect, which is worked alone.
        local SUSPICIOUS = 2

        local function int(number) return string.format('%.0f', number) end

        local function number(text, what)
            local value = tonumber(text)
            if not value then error({err = 'ERR tocsin: ' .. what .. ' is not a number'}) end
            return value
        end

        -- Reads arguments one after the other.
        local function reader(args)
            local at = 0
            return {
                text = function()
                    at = at + 1
                    if not args[at] then error({err = 'ERR tocsin: too few arguments'}) end
                    return args[at]
                end,
                number = function()
                    at = at + 1
                    return number(args[at], 'argument ' .. at)
                end,
            }
        end

        -- keys: the queue's list, and the prefix of all others, whose hash tag is the list's.
        local function open(keys)
            local p = keys[2]
            return {
                list = keys[1], p = p, workers = p .. 'workers', boots = p .. 'boots', again = p .. 'again', suspects = p .. 'suspects',
                due = p .. 'due', dead = p .. 'dead', clock = p .. 'clock', counters = p .. 'counters', busy = p .. 'busy',
                ordered = p .. 'ordered',
            }
        end

        -- What changes when the server has lost everything, and what changes when it was started anew.
        local function incarnation(q)
            local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
            return redis.call('HGET', q.counters, 'epoch') or '', run
        end

        -- Time that never runs backwards. A gap in it means that the server was down or asleep: then leases have run
        -- out whose workers are well.
        local function read_clock(q)
            local t = redis.call('TIME')
            local wall = t[1] * 1000 + math.floor(t[2] / 1000)
            local kept = redis.call('HMGET', q.clock, 'last', 'skew', 'grace', 'lease')
            local last, skew = tonumber(kept[1]), tonumber(kept[2]) or 0
            local grace, lease = tonumber(kept[3]) or 0, tonumber(kept[4]) or 30000
            local now = wall
            if last and wall < last then
                now = math.max(wall + skew, last)
                skew = now - wall
            else
                skew = 0
            end
            if last and now - last > LONGEST_SILENCE then grace = now + lease end
            return now, skew, grace, now ~= last or skew ~= (tonumber(kept[2]) or 0), tonumber(kept[4])
        end

        -- A worker's call brings its lease, which is how long a grace lasts.
        local function tick(q, lease)
            local now, skew, grace, moved, known = read_clock(q)
            if moved then
                redis.call('HSET', q.clock, 'last', int(now), 'skew', int(skew), 'grace', int(grace))
            end
            if lease and lease ~= known then redis.call('HSET', q.clock, 'lease', int(lease)) end
            return now, grace
        end

        local function count(q, name, by)
            if by ~= 0 then redis.call('HINCRBY', q.counters, name, int(by)) end
        end

        -- Numbers that are given once; the first of `n`.
        local function numbers(q, name, n)
            return redis.call('HINCRBY', q.counters, name, int(n)) - n + 1
        end

        local function event_key(q, id) return q.p .. 'e:' .. id end
        local function ready_key(q, channel) return q.p .. 'r:' .. channel end
        local function order_key(q, channel, order) return q.p .. 'o:' .. channel .. '|' .. order end
        local function held_key(q, boot) return q.p .. 'held:' .. boot end
        local function backlog_key(q, channel) return q.p .. 'b:' .. channel end

        -- A delivery is one field of its event's hash. States: p(ending), h(eld), s(ent), d(ead).
        local PATTERN = '^(%a)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(.*)$'

        local function load(q, id, channel)
            local text = redis.call('HGET', event_key(q, id), 'c:' .. channel)
            if not text then return nil end
            local state, attempts, crashes, routed, deadline, due, sequence, order = string.match(text, PATTERN)
            return {
                id = id, channel = channel, state = state, saved = state, attempts = tonumber(attempts),
                crashes = tonumber(crashes), routed = tonumber(routed), deadline = tonumber(deadline),
                due = tonumber(due), sequence = tonumber(sequence), order = order,
            }
        end

        -- Writes a delivery down; the one place where its state changes, so that the counts and the backlog are right.
        local function save(q, d)
            redis.call('HSET', event_key(q, d.id), 'c:' .. d.channel, table.concat({
                d.state, int(d.attempts), int(d.crashes), int(d.routed), int(d.deadline), int(d.due), int(d.sequence),
                d.order,
            }, '|'))
            count(q, 'scheduled', (d.state == 'p' and 1 or 0) - (d.saved == 'p' and 1 or 0))
            local is_open, was_open = d.state == 'p' or d.state == 'h', d.saved == 'p' or d.saved == 'h'
            if is_open and not was_open then
                redis.call('ZADD', backlog_key(q, d.channel), int(d.deadline), d.id)
            elseif was_open and not is_open then
                redis.call('ZREM', backlog_key(q, d.channel), d.id)
            end
            if d.order ~= '' and d.state ~= d.saved then
                local field = d.channel .. '|' .. d.order
                if d.state == 'h' then
                    redis.call('HSET', q.busy, field, d.id)
                elseif d.saved == 'h' then
                    redis.call('HDEL', q.busy, field)
                end
            end
            d.saved = d.state
        end

        -- Tells when the channel's earliest delivery is due, its gate included.
        local function touch(q, channel)
            local first = redis.call('ZRANGE', ready_key(q, channel), 0, 0, 'WITHSCORES')
            if #first == 0 then
                redis.call('ZREM', q.due, channel)
                return
            end
            local gate = tonumber(redis.call('GET', q.p .. 'c:' .. channel) or 0)
            redis.call('ZADD', q.due, int(math.max(tonumber(first[2]), gate)), channel)
        end

        -- Makes the first of an order the one that can be claimed. While one is held, none can.
        local function promote(q, channel, order)
            if redis.call('HEXISTS', q.busy, channel .. '|' .. order) == 1 then return end
            local key, ready = order_key(q, channel, order), ready_key(q, channel)
            while true do
                local ids = redis.call('ZRANGE', key, 0, 1)
                if not ids[1] then return end
                local head = load(q, ids[1], channel)
                if head and head.state == 'p' then
                    redis.call('ZADD', ready, int(head.due), head.id)
                    -- One that was put back before the head takes its place.
                    if ids[2] then redis.call('ZREM', ready, ids[2]) end
                    return
                end
                redis.call('ZREM', key, ids[1])
            end
        end

        -- Lets a pending delivery be claimed when it is due and it is its turn.
        local function schedule(q, d)
            if d.order == '' then
                redis.call('ZADD', ready_key(q, d.channel), int(d.due), d.id)
            else
                redis.call('ZADD', order_key(q, d.channel, d.order), int(d.sequence), d.id)
                promote(q, d.channel, d.order)
            end
            touch(q, d.channel)
        end

        local function memory(own) return int(own == '1' and LONG_MEMORY or SHORT_MEMORY) end

        -- Ends a delivery, and its event with the last one.
        local function close(q, d, state)
            d.state = state
            save(q, d)
            redis.call('ZREM', ready_key(q, d.channel), d.id)
            local key = event_key(q, d.id)
            if redis.call('HINCRBY', key, 'open', -1) <= 0 then
                redis.call('HSET', key, 'state', 'ended')
                redis.call('HDEL', key, 'body')
                redis.call('PEXPIRE', key, memory(redis.call('HGET', key, 'own')))
            end
            if d.order ~= '' then
                redis.call('ZREM', order_key(q, d.channel, d.order), d.id)
                promote(q, d.channel, d.order)
            end
            touch(q, d.channel)
        end

        local function letter_key(q, id) return q.p .. 'd:' .. id end

        local function drop_letters(q, ids)
            local dropped = 0
            for _, id in ipairs(ids) do
                local channel = redis.call('HGET', letter_key(q, id), 'channel')
                if channel and channel ~= '' then redis.call('ZREM', q.dead .. ':' .. channel, id) end
                redis.call('DEL', letter_key(q, id))
                dropped = dropped + redis.call('ZREM', q.dead, id)
            end
            return dropped
        end

        -- A dead letter. Its id has one width, so that the order of the texts is the order of the deaths.
        local function bury(q, now, most, letter)
            local id = string.format('%014.0f-%012.0f', now, numbers(q, 'letters', 1))
            local fields = {'at', int(now)}
            for name, value in pairs(letter) do
                fields[#fields + 1] = name
                fields[#fields + 1] = value
            end
            redis.call('HSET', letter_key(q, id), unpack(fields))
            redis.call('ZADD', q.dead, 0, id)
            if letter.channel ~= '' then redis.call('ZADD', q.dead .. ':' .. letter.channel, 0, id) end
            local excess = redis.call('ZCARD', q.dead) - most
            if excess > 0 then
                count(q, 'discarded', drop_letters(q, redis.call('ZRANGE', q.dead, 0, math.min(excess, 100) - 1)))
            end
        end

        local function bury_delivery(q, now, most, d, reason)
            local record = redis.call('HMGET', event_key(q, d.id), 'body', 'hash', 'own')
            bury(q, now, most, {
                event = d.id, channel = d.channel, reason = reason, attempts = int(d.attempts), body = record[1] or '',
                hash = record[2] or '', own = record[3] or '0', order = d.order, sequence = int(d.sequence),
                routed = int(d.routed),
            })
        end

        local function bury_event(q, now, most, id, reason, body, hash, own)
            bury(q, now, most, {
                event = id, channel = '', reason = reason, attempts = '0', body = body, hash = hash, own = own,
            })
        end

        -- What a worker holds, by token: `e<crashes>:<body>`, or `d<channel>:<event>`.
        local function held_event(text)
            if not text or string.sub(text, 1, 1) ~= 'e' then return nil end
            local colon = string.find(text, ':', 1, true)
            return string.sub(text, colon + 1), tonumber(string.sub(text, 2, colon - 1))
        end

        """#
}
